/*
 * collector_wait: waits and the loops that they make, thread by thread.
 *
 * The numbers of rows are bounded: waits of a thread that differ only in a futex's value share a
 * row beyond FUTEX_ROWS_MAX, those that differ in its address beyond twice as many; those for files
 * of one folder, or for sockets, beyond FILE_ROWS_MAX; and when there are too many segments the
 * floor that they must reach is doubled.
 */
#include "collector_state.h"

#include "measurement.h"
#include "syscall.h"

#include <string.h>

#define FUTEX_ROWS_MAX 64 /* futex words, or values, of one thread with a row of their own */
#define FILE_ROWS_MAX 64  /* rows of waits for sockets that one thread has apart, and for files */
#define TID_MAX (4 << 20) /* the kernel's PID_MAX_LIMIT */

/* Linux's task state bits. */
#define RUN_UNINTERRUPTIBLE 2
#define RUN_STOPPED 4
#define RUN_TRACED 8
#define RUN_FROZEN 0x8000

static enum measured_block block_of(unsigned int run_state)
{
	if (run_state & RUN_FROZEN)
		return BLOCK_FROZEN;
	if (run_state & RUN_TRACED)
		return BLOCK_TRACED;
	if (run_state & RUN_STOPPED)
		return BLOCK_STOPPED;
	return run_state & RUN_UNINTERRUPTIBLE ? BLOCK_UNINTERRUPTIBLE : BLOCK_INTERRUPTIBLE;
}

/* poll() of a growing set would make a row for every size: above two, powers of two stand for it.
 */
static uint32_t polled_rounded(uint32_t files)
{
	return files < 2 ? files : 1u << (31 - __builtin_clz(files));
}

static size_t wait_add(struct collector *c, uint64_t hash, const struct measured_wait *like)
{
	struct measured_wait *w = measurement_add_wait(c->m);

	if (!w || table_set(&c->waits, hash, c->m->waits_count - 1) < 0)
		return MEASURED_NONE;
	*w = *like;
	w->syscall = like->syscall ? strdup(like->syscall) : NULL;
	return c->m->waits_count - 1;
}

static uint64_t wait_hash(const struct measured_wait *w, int syscall)
{
	uint64_t h = table_mix(0, w->thread);

	h = table_mix(h, ((uint64_t)syscall << 32) | w->files_polled);
	h = table_mix(h, w->file);
	h = table_mix(h, w->futex_address);
	h = table_mix(h, ((uint64_t)w->futex_op << 32) | w->futex_value);
	return table_mix(h, ((uint64_t)w->block << 1) | w->iowait);
}

/* Of what a word is expected to hold, the part that tells locks: a small number, all bits set, or
 * the high bits over a tid or a count, which can be another one at each wait. */
static uint32_t value_telling(uint32_t value)
{
	return value < 4 || value == UINT32_MAX ? value : value & 0xc0000000;
}

/* Words of several processes: those of the ones that have ended are nobody's any more. */
static bool is_shared(const struct collector *c, size_t thread)
{
	return c->m->processes[c->m->threads[thread].process].earlier > 0;
}

/* Of sockets and of other files apart: a program that is read from a disk, module by module, waits
 * for so many files before it asks anybody. NULL: it is for none. */
static unsigned int *rows_like(struct wait_rows *rows, const struct measurement *m, size_t file)
{
	if (file == MEASURED_NONE)
		return NULL;
	return m->files[file].kind == FILE_SOCKET ? &rows->sockets : &rows->files;
}

size_t collector_wait(struct collector *c, size_t thread, const struct wire_wait_key *key)
{
	struct measured_wait like = {
		.thread = thread,
		.block = block_of(key->run_state),
		.iowait = key->iowait,
		.syscall = (char *)syscall_name(key->syscall),
		.file = files_find(&c->files, key->file),
		.files_polled = polled_rounded(key->files_polled),
		.futex_address = key->futex_address,
		.futex_op = key->futex_op,
		.futex_value = key->futex_value,
	};
	struct wait_rows *rows = &c->thread_extras[thread].rows;
	unsigned int *like_it = rows_like(rows, c->m, like.file);
	uint64_t hash = wait_hash(&like, key->syscall);
	size_t index;

	if (table_get(&c->waits, hash, &index))
		return index;
	if (like.futex_address && rows->words >= FUTEX_ROWS_MAX) {
		like.futex_value = value_telling(like.futex_value);
		hash = wait_hash(&like, key->syscall);
		if (table_get(&c->waits, hash, &index))
			return index;
	}
	if (like.futex_address && rows->words >= 2 * FUTEX_ROWS_MAX) {
		like.futex_address = 0;
		c->words_not_kept += like.futex_op != MEASURED_FUTEX_JOIN && !is_shared(c, thread);
		hash = wait_hash(&like, key->syscall);
		if (table_get(&c->waits, hash, &index))
			return index;
	}
	if (like_it && *like_it >= FILE_ROWS_MAX) {
		like.file = files_share(&c->files, c->m, like.file);
		hash = wait_hash(&like, key->syscall);
		if (table_get(&c->waits, hash, &index))
			return index;
	}
	rows->words += like.futex_address != 0;
	if (like_it)
		(*like_it)++;
	return wait_add(c, hash, &like);
}

static void short_counts_take(
	struct collector *c, struct durations *to, const uint32_t count[WIRE_SHORT_BUCKETS])
{
	for (unsigned int i = 0; i < WIRE_SHORT_BUCKETS; i++)
		c->out_of_memory += durations_add_bucket(to, i, count[i]) < 0;
}

/* The kernel side counts short durations itself and sends the long ones one by one. */
static void duration_take(struct collector *c, struct durations *to, uint64_t ns)
{
	if (bucket_of(ns) >= WIRE_SHORT_BUCKETS)
		c->out_of_memory += durations_add(to, ns, 1) < 0;
}

void collector_take_wait(struct collector *c, const void *event)
{
	const struct wire_wait *e = event;
	size_t thread = collector_thread(c, &e->h);
	size_t index = thread == MEASURED_NONE ? MEASURED_NONE : collector_wait(c, thread, &e->key);
	struct measured_wait *w;

	if (index == MEASURED_NONE)
		return;
	w = &c->m->waits[index];
	w->count += e->sums.count;
	w->open += e->sums.open;
	w->asked += e->sums.asked;
	w->continued += e->sums.continued;
	w->total_ns += e->sums.total_ns;
	if (e->sums.max_ns >= w->max_ns) {
		w->max_ns = e->sums.max_ns;
		/* Read from the program's own memory: that looks like a mutex, but need not be one.
		 */
		w->owner_tid = e->sums.owner_of_max < TID_MAX ? e->sums.owner_of_max : 0;
	}
	short_counts_take(c, &w->durations, e->sums.short_count);
}

static void segments_thin(struct measurement *m)
{
	size_t kept = 0;

	m->segment_floor_ns = m->segment_floor_ns ? 2 * m->segment_floor_ns : WIRE_SEGMENT_NS;
	for (size_t i = 0; i < m->segments_count; i++)
		if (m->segments[i].wait_ns >= m->segment_floor_ns ||
			m->segments[i].stretch_ns >= m->segment_floor_ns)
			m->segments[kept++] = m->segments[i];
	m->segments_count = kept;
}

static void segment_keep(
	struct collector *c, size_t thread, size_t wait, const struct wire_segment *e)
{
	struct stall_gap gap;
	struct measured_segment *s;

	if (e->wait_ns < c->m->segment_floor_ns && e->stretch.ns < c->m->segment_floor_ns)
		return;
	while (c->m->segments_count == MEASURED_SEGMENTS_MAX)
		segments_thin(c->m);
	s = measurement_add_segment(c->m);
	if (!s) {
		c->out_of_memory++;
		return;
	}
	gap = stall_watch_gap(&c->thread_extras[thread].stall, e->h.at_ns, &e->stretch);
	*s = (struct measured_segment){
		.wait = wait,
		.start_ns = e->h.at_ns,
		.wait_ns = e->wait_ns,
		.run_queue_ns = e->run_queue_ns,
		.cpu_before_ns = e->cpu_before_ns,
		.run_queue_before_ns = e->run_queue_before_ns,
		.waits_before_ns = e->waits_before_ns,
		.waits_before = e->waits_before,
		.begun_before = e->begun_before,
		.faults_before = e->faults_before,
		.continued = e->continued,
		.stretch_ns = e->stretch.ns,
		.stretch_samples = gap.samples,
		.stretch_poll_samples = gap.polls,
		.stretch_gap_ns = gap.end_ns - gap.start_ns,
		.stretch_away_ns = e->stretch.waits_ns + e->stretch.run_queue_ns,
	};
}

void collector_take_segment(struct collector *c, const void *event)
{
	const struct wire_segment *e = event;
	size_t thread = collector_thread(c, &e->h);
	size_t wait = thread == MEASURED_NONE ? MEASURED_NONE : collector_wait(c, thread, &e->key);

	if (wait == MEASURED_NONE)
		return;
	duration_take(c, &c->m->waits[wait].durations, e->wait_ns);
	duration_take(c, &c->m->threads[thread].loop.durations, e->stretch.ns);
	segment_keep(c, thread, wait, e);
	if (e->key.loops)
		collector_note_stretch(c, thread, e->h.at_ns, &e->stretch, true);
	else
		stall_watch_wait(&c->thread_extras[thread].stall, e->h.at_ns, e->wait_ns, wait,
			MEASURED_NONE);
}

void collector_take_round(struct collector *c, const void *event)
{
	const struct wire_round *e = event;
	size_t thread = collector_thread(c, &e->h);

	if (thread == MEASURED_NONE)
		return;
	duration_take(c, &c->m->threads[thread].loop.durations, e->stretch.ns);
	collector_note_stretch(c, thread, e->h.at_ns, &e->stretch, false);
}

void collector_take_exchange(struct collector *c, const void *event)
{
	const struct wire_exchange *e = event;
	size_t thread = collector_thread(c, &e->h);
	struct measured_exchange *x;

	if (thread == MEASURED_NONE)
		return;
	if (e->wait_ns > e->taken_ns) {
		c->malformed++;
		return;
	}
	x = measurement_add_exchange(c->m);
	if (!x) {
		c->m->exchanges_missed++;
		return;
	}
	*x = (struct measured_exchange){
		.thread = thread,
		.start_ns = e->h.at_ns,
		.wait_ns = e->wait_ns,
		.taken_ns = e->taken_ns,
		.socket = e->socket,
		.asked_port = e->asked_port,
		.connects = e->connects,
		.goes_on = e->goes_on,
		.mixed = e->mixed,
	};
}

void collector_take_loop(struct collector *c, const void *event)
{
	const struct wire_loop *e = event;
	size_t index = collector_thread(c, &e->h);
	struct measured_loop *loop;

	if (index == MEASURED_NONE)
		return;
	loop = &c->m->threads[index].loop;
	loop->polls += e->polls;
	loop->stretches += e->stretches;
	loop->stretch_ns += e->stretch_ns;
	if (e->stretch_max_ns > loop->stretch_max_ns)
		loop->stretch_max_ns = e->stretch_max_ns;
	if (e->descriptor > 0)
		loop->descriptor = e->descriptor;
	loop->at_once += e->at_once;
	if (e->at_once_max_ns > loop->at_once_max_ns)
		loop->at_once_max_ns = e->at_once_max_ns;
	if (e->at_once_computed_max_ns > loop->at_once_computed_max_ns)
		loop->at_once_computed_max_ns = e->at_once_computed_max_ns;
	short_counts_take(c, &loop->durations, e->short_count);
}
