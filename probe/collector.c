/*
 * collector: one function per kind of event, in a table.
 *
 * Until collector_finish() instants are those of the monotonic clock; then they are made relative.
 * Numbers of rows are bounded: waits of a thread that differ only in a futex's address share a row
 * beyond FUTEX_ROWS_MAX, and when there are too many segments the floor that they must reach is
 * doubled.
 */
#include "collector.h"

#include "file.h"
#include "measurement.h"
#include "runtime.h"
#include "syscall.h"
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FUTEX_ROWS_MAX 64 /* futex words of one thread with a row of their own */
#define SEGMENTS_MAX 100000

/* Linux's task state bits. */
#define RUN_UNINTERRUPTIBLE 2
#define RUN_STOPPED 4
#define RUN_TRACED 8
#define RUN_FROZEN 0x8000

/* What is kept of a thread beside its row. */
struct thread_extra {
	unsigned int futex_rows;
};

struct process_extra {
	bool executed; /* what it had of its parent is gone */
};

struct collector {
	struct measurement *m;
	struct files files;
	struct table threads;   /* serial -> row */
	struct table processes; /* pid -> its newest row */
	struct table waits;     /* thread and what it waits in -> row */
	struct table samples;
	struct thread_extra *thread_extras;
	struct process_extra *process_extras;
	uint64_t malformed, orphaned, out_of_memory;
};

struct collector *collector_new(struct measurement *m)
{
	struct collector *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->m = m;
	files_init(&c->files);
	return c;
}

void collector_free(struct collector *c)
{
	if (!c)
		return;
	files_free(&c->files);
	table_free(&c->threads);
	table_free(&c->processes);
	table_free(&c->waits);
	table_free(&c->samples);
	free(c->thread_extras);
	free(c->process_extras);
	free(c);
}

static char *text_copy(const char *from, size_t size)
{
	return strndup(from, strnlen(from, size));
}

/* Arrays beside those of the measurement, with room for one row more. */
static int extra_grow(void **array, size_t count, size_t element)
{
	void *grown;

	if (count & (count - 1)) /* room grows at every power of two */
		return 0;
	grown = reallocarray(*array, count ? 2 * count : 1, element);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	memset((char *)grown + count * element, 0, (count ? count : 1) * element);
	return 0;
}

static size_t process_add(struct collector *c, int pid, int ppid, uint64_t at_ns, bool started)
{
	struct measured_process *p;

	if (extra_grow((void **)&c->process_extras, c->m->processes_count,
		    sizeof(*c->process_extras)) < 0)
		return MEASURED_NONE;
	p = measurement_add_process(c->m);
	if (!p || table_set(&c->processes, pid, c->m->processes_count - 1) < 0)
		return MEASURED_NONE;
	p->pid = pid;
	p->ppid = ppid;
	p->start_ns = at_ns;
	p->end_ns = MEASURED_ALIVE;
	p->started = started;
	c->process_extras[c->m->processes_count - 1] = (struct process_extra){0};
	return c->m->processes_count - 1;
}

static size_t process_find(const struct collector *c, int pid)
{
	size_t index;

	return table_get(&c->processes, pid, &index) ? index : MEASURED_NONE;
}

static size_t thread_add(struct collector *c, uint32_t serial, size_t process, int tid)
{
	struct measured_thread *t;

	if (extra_grow((void **)&c->thread_extras, c->m->threads_count, sizeof(*c->thread_extras)) <
		0)
		return MEASURED_NONE;
	t = measurement_add_thread(c->m);
	if (!t || table_set(&c->threads, serial, c->m->threads_count - 1) < 0)
		return MEASURED_NONE;
	t->process = process;
	t->tid = tid;
	t->end_ns = MEASURED_ALIVE;
	c->thread_extras[c->m->threads_count - 1] = (struct thread_extra){0};
	return c->m->threads_count - 1;
}

static size_t thread_find(struct collector *c, const struct wire_header *h)
{
	size_t index;

	if (table_get(&c->threads, h->thread, &index))
		return index;
	c->orphaned++; /* its start was lost */
	return MEASURED_NONE;
}

static void take_start(struct collector *c, const void *event)
{
	const struct wire_thread_start *s = event;
	size_t process = s->tid == s->tgid ? MEASURED_NONE : process_find(c, s->tgid);
	struct measured_thread *t;
	size_t index;

	/* The iterator can meet a thread before its process's first one. */
	if (process == MEASURED_NONE && s->found)
		process = process_find(c, s->tgid);
	if (process == MEASURED_NONE)
		process = process_add(c, s->tgid, s->ppid, s->h.at_ns, !s->found);
	index = process == MEASURED_NONE ? MEASURED_NONE
					 : thread_add(c, s->h.thread, process, s->tid);
	if (index == MEASURED_NONE) {
		c->out_of_memory++;
		return;
	}
	t = &c->m->threads[index];
	t->name = text_copy(s->comm, sizeof(s->comm));
	t->start_ns = s->h.at_ns;
	t->started = !s->found;
}

static void runtimes_drop(struct measurement *m, size_t process)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->runtimes_count; i++) {
		if (m->runtimes[i].process != process) {
			m->runtimes[kept++] = m->runtimes[i];
			continue;
		}
		free(m->runtimes[i].name);
		free(m->runtimes[i].version);
	}
	m->runtimes_count = kept;
}

static void take_exec(struct collector *c, const void *event)
{
	const struct wire_thread_exec *e = event;
	struct measured_thread *t;
	struct measured_process *p;
	size_t process, index;

	if (e->opens_window) {
		process = process_add(c, e->tgid, getpid(), e->h.at_ns, true);
		if (process != MEASURED_NONE)
			thread_add(c, e->h.thread, process, e->tid);
	}
	index = thread_find(c, &e->h);
	if (index == MEASURED_NONE)
		return;
	t = &c->m->threads[index];
	if (e->opens_window) {
		t->start_ns = e->h.at_ns;
		t->started = true;
	}
	t->tid = e->tid; /* it takes the number of the process's first thread */
	free(t->name);
	t->name = text_copy(e->comm, sizeof(e->comm));
	p = &c->m->processes[t->process];
	free(p->executable);
	p->executable = text_copy(e->path, sizeof(e->path));
	c->process_extras[t->process].executed = true;
	runtimes_drop(c->m, t->process);
}

static void take_end(struct collector *c, const void *event)
{
	const struct wire_thread_end *e = event;
	size_t index = thread_find(c, &e->h);
	struct measured_thread *t;

	if (index == MEASURED_NONE)
		return;
	t = &c->m->threads[index];
	free(t->name);
	t->name = text_copy(e->comm, sizeof(e->comm)); /* threads name themselves as they go */
	t->start_ns = e->start_ns;
	t->end_ns = e->alive ? MEASURED_ALIVE : (int64_t)e->h.at_ns;
	t->cpu_ns = e->cpu_ns;
	t->cpu_user_ticks_ns = e->user_ticks_ns;
	t->cpu_kernel_ticks_ns = e->kernel_ticks_ns;
	t->run_queue_ns = e->run_queue_ns;
	t->unaccounted_ns = e->unaccounted_ns;
	t->switches_voluntary = e->voluntary;
	t->switches_involuntary = e->involuntary;
}

static void take_process_end(struct collector *c, const void *event)
{
	const struct wire_process_end *e = event;
	size_t index = thread_find(c, &e->h), last = 0;
	struct measured_process *p;

	if (index == MEASURED_NONE)
		return;
	p = &c->m->processes[c->m->threads[index].process];
	p->rss_peak_bytes = e->rss_peak_pages * sysconf(_SC_PAGESIZE);
	for (size_t n = 0; n < WIRE_RUNNING; n++)
		if (e->running_ns[n])
			last = n + 1;
	free(p->running_ns);
	p->running_ns = last ? calloc(last, sizeof(*p->running_ns)) : NULL;
	p->running_count = p->running_ns ? last : 0;
	for (size_t n = 0; n < p->running_count; n++)
		p->running_ns[n] = e->running_ns[n];
}

static void take_file(struct collector *c, const void *event)
{
	const struct wire_file *f = event;
	int pid = 0;
	size_t index;

	if (table_get(&c->threads, f->h.thread, &index))
		pid = c->m->processes[c->m->threads[index].process].pid;
	if (files_add(&c->files, c->m, f, pid) < 0)
		c->out_of_memory++;
}

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
	uint64_t h = table_mix(w->thread + 1, ((uint64_t)syscall << 32) | w->files_polled);

	h = table_mix(h, w->file);
	h = table_mix(h, w->futex_address);
	h = table_mix(h, ((uint64_t)w->futex_op << 32) | w->futex_value);
	return table_mix(h, ((uint64_t)w->block << 1) | w->iowait);
}

static size_t wait_find(struct collector *c, size_t thread, const struct wire_wait_key *key)
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
	struct thread_extra *extra = &c->thread_extras[thread];
	uint64_t hash = wait_hash(&like, key->syscall);
	size_t index;

	if (table_get(&c->waits, hash, &index))
		return index;
	if (like.futex_address && extra->futex_rows >= FUTEX_ROWS_MAX) {
		like.futex_address = 0;
		hash = wait_hash(&like, key->syscall);
		if (table_get(&c->waits, hash, &index))
			return index;
	}
	extra->futex_rows += like.futex_address != 0;
	return wait_add(c, hash, &like);
}

static void take_wait(struct collector *c, const void *event)
{
	const struct wire_wait *e = event;
	size_t thread = thread_find(c, &e->h);
	size_t index = thread == MEASURED_NONE ? MEASURED_NONE : wait_find(c, thread, &e->key);
	struct measured_wait *w;

	if (index == MEASURED_NONE)
		return;
	w = &c->m->waits[index];
	w->count += e->sums.count;
	w->open += e->sums.open;
	w->total_ns += e->sums.total_ns;
	if (e->sums.max_ns >= w->max_ns) {
		w->max_ns = e->sums.max_ns;
		w->owner_tid = e->sums.owner_of_max;
	}
	for (unsigned int i = 0; i < WIRE_SHORT_BUCKETS; i++)
		w->durations.count[i] += e->sums.short_count[i];
}

static void segments_thin(struct measurement *m)
{
	size_t kept = 0;

	m->segment_floor_ns *= 2;
	for (size_t i = 0; i < m->segments_count; i++)
		if (m->segments[i].wait_ns >= m->segment_floor_ns ||
			m->segments[i].stretch_ns >= m->segment_floor_ns)
			m->segments[kept++] = m->segments[i];
	m->segments_count = kept;
}

static void segment_keep(struct collector *c, size_t wait, const struct wire_segment *e)
{
	struct measured_segment *s;

	if (e->wait_ns < c->m->segment_floor_ns && e->stretch_ns < c->m->segment_floor_ns)
		return;
	if (c->m->segments_count >= SEGMENTS_MAX)
		segments_thin(c->m);
	s = measurement_add_segment(c->m);
	if (!s) {
		c->out_of_memory++;
		return;
	}
	*s = (struct measured_segment){
		.wait = wait,
		.start_ns = e->h.at_ns,
		.wait_ns = e->wait_ns,
		.run_queue_ns = e->run_queue_ns,
		.cpu_before_ns = e->cpu_before_ns,
		.run_queue_before_ns = e->run_queue_before_ns,
		.waits_before_ns = e->waits_before_ns,
		.waits_before = e->waits_before,
		.stretch_ns = e->stretch_ns,
		.stretch_samples = e->stretch_samples,
		.stretch_poll_samples = e->stretch_poll_samples,
	};
}

static void take_segment(struct collector *c, const void *event)
{
	const struct wire_segment *e = event;
	size_t thread = thread_find(c, &e->h);
	size_t wait = thread == MEASURED_NONE ? MEASURED_NONE : wait_find(c, thread, &e->key);

	if (wait == MEASURED_NONE)
		return;
	/* The kernel side counts short durations itself and sends the long ones here. */
	if (bucket_of(e->wait_ns) >= WIRE_SHORT_BUCKETS)
		histogram_add(&c->m->waits[wait].durations, e->wait_ns, 1);
	if (bucket_of(e->stretch_ns) >= WIRE_SHORT_BUCKETS)
		histogram_add(&c->m->threads[thread].loop.durations, e->stretch_ns, 1);
	segment_keep(c, wait, e);
}

static void take_loop(struct collector *c, const void *event)
{
	const struct wire_loop *e = event;
	size_t index = thread_find(c, &e->h);
	struct measured_loop *loop;

	if (index == MEASURED_NONE)
		return;
	loop = &c->m->threads[index].loop;
	loop->polls = e->polls;
	loop->stretches = e->stretches;
	loop->stretch_ns = e->stretch_ns;
	loop->stretch_max_ns = e->stretch_max_ns;
	for (unsigned int i = 0; i < WIRE_SHORT_BUCKETS; i++)
		loop->durations.count[i] += e->short_count[i];
}

static void take_sample(struct collector *c, const void *event)
{
	const struct wire_sample *e = event;
	size_t thread = thread_find(c, &e->h), index;
	struct measured_sample *s;
	uint64_t hash;

	if (thread == MEASURED_NONE)
		return;
	hash = table_mix(thread + 1, ((uint64_t)(uint32_t)e->syscall << 8) | e->kernel);
	hash = table_mix(hash, e->lock_held + 2);
	if (!table_get(&c->samples, hash, &index)) {
		s = measurement_add_sample(c->m);
		if (!s || table_set(&c->samples, hash, c->m->samples_count - 1) < 0) {
			c->out_of_memory++;
			return;
		}
		s->thread = thread;
		s->kernel = e->kernel;
		s->syscall = syscall_name(e->syscall) ? strdup(syscall_name(e->syscall)) : NULL;
		s->lock_held = e->lock_held;
		index = c->m->samples_count - 1;
	}
	c->m->samples[index].count++;
}

static const struct {
	void (*take)(struct collector *c, const void *event);
	size_t size;
} takers[WIRE_TYPES] = {
	[WIRE_THREAD_START] = {take_start, sizeof(struct wire_thread_start)},
	[WIRE_THREAD_EXEC] = {take_exec, sizeof(struct wire_thread_exec)},
	[WIRE_THREAD_END] = {take_end, sizeof(struct wire_thread_end)},
	[WIRE_PROCESS_END] = {take_process_end, sizeof(struct wire_process_end)},
	[WIRE_WAIT] = {take_wait, sizeof(struct wire_wait)},
	[WIRE_SEGMENT] = {take_segment, sizeof(struct wire_segment)},
	[WIRE_FILE] = {take_file, sizeof(struct wire_file)},
	[WIRE_SAMPLE] = {take_sample, sizeof(struct wire_sample)},
	[WIRE_LOOP] = {take_loop, sizeof(struct wire_loop)},
};

void collector_take(struct collector *c, const void *event, size_t size)
{
	const struct wire_header *h = event;

	if (size < sizeof(*h) || h->type >= WIRE_TYPES || !takers[h->type].take ||
		size < takers[h->type].size) {
		c->malformed++;
		return;
	}
	takers[h->type].take(c, event);
}

bool collector_knows(const struct collector *c, int pid)
{
	return process_find(c, pid) != MEASURED_NONE;
}

static struct measured_runtime *runtime_of(struct measurement *m, size_t process, const char *name)
{
	for (size_t i = 0; i < m->runtimes_count; i++)
		if (m->runtimes[i].process == process && strcmp(m->runtimes[i].name, name) == 0)
			return &m->runtimes[i];
	return NULL;
}

static void runtime_add(struct measurement *m, size_t process, const struct measured_runtime *like)
{
	struct measured_runtime *r = measurement_add_runtime(m);

	if (!r)
		return;
	*r = *like;
	r->process = process;
	r->name = strdup(like->name);
	r->version = like->version ? strdup(like->version) : NULL;
}

void collector_add_runtime(struct collector *c, int pid, const struct runtime_found *found)
{
	size_t process = process_find(c, pid);
	const struct measured_runtime like = {
		.name = (char *)found->name,
		.version = (char *)found->version,
		.global_lock = found->global_lock,
		.lock_start = found->lock_start,
		.lock_end = found->lock_end,
	};

	if (process != MEASURED_NONE && !runtime_of(c->m, process, found->name))
		runtime_add(c->m, process, &like);
}

/* A process that never executed anything runs what its parent ran. */
static void runtimes_inherit(struct collector *c)
{
	for (size_t i = 0; i < c->m->processes_count; i++) {
		size_t parent = process_find(c, c->m->processes[i].ppid),
		       had = c->m->runtimes_count;

		if (c->process_extras[i].executed || parent == MEASURED_NONE || parent == i)
			continue;
		for (size_t r = 0; r < had; r++)
			if (c->m->runtimes[r].process == parent &&
				!runtime_of(c->m, i, c->m->runtimes[r].name)) {
				const struct measured_runtime like = c->m->runtimes[r];

				runtime_add(c->m, i, &like);
			}
	}
}

static uint64_t rss_peak_of_living(int pid)
{
	unsigned long long kb = 0;
	char path[64], line[256];
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "VmHWM: %llu kB", &kb) == 1)
			break;
	if (status)
		fclose(status);
	return kb * 1024;
}

/* Times with one thread at a time were not counted apart: they are what is left of the process's
 * CPU time. */
static void process_complete_running(struct measured_process *p, uint64_t cpu_ns)
{
	uint64_t counted = 0;
	uint64_t *grown;

	for (size_t n = 1; n < p->running_count; n++)
		counted += n * p->running_ns[n];
	if (p->running_count < 2) {
		grown = reallocarray(p->running_ns, 2, sizeof(*grown));
		if (!grown)
			return;
		for (size_t n = p->running_count; n < 2; n++)
			grown[n] = 0;
		p->running_ns = grown;
		p->running_count = 2;
	}
	if (cpu_ns > counted)
		p->running_ns[1] += cpu_ns - counted;
}

static void processes_complete(struct collector *c)
{
	struct measurement *m = c->m;
	uint64_t *cpu_ns = calloc(m->processes_count + 1, sizeof(*cpu_ns));

	for (size_t i = 0; i < m->processes_count; i++)
		m->processes[i].end_ns = 0;
	for (size_t i = 0; i < m->threads_count; i++) {
		const struct measured_thread *t = &m->threads[i];

		if (t->end_ns > m->processes[t->process].end_ns)
			m->processes[t->process].end_ns = t->end_ns;
		if (cpu_ns)
			cpu_ns[t->process] += t->cpu_ns;
	}
	for (size_t i = 0; i < m->processes_count; i++) {
		struct measured_process *p = &m->processes[i];

		if (cpu_ns)
			process_complete_running(p, cpu_ns[i]);
		if (p->end_ns == MEASURED_ALIVE && process_find(c, p->pid) == i)
			p->rss_peak_bytes = rss_peak_of_living(p->pid);
	}
	free(cpu_ns);
}

static int64_t offset_of(int64_t at_ns, int64_t start_ns)
{
	if (at_ns == MEASURED_ALIVE)
		return at_ns;
	return at_ns > start_ns ? at_ns - start_ns : 0;
}

static void instants_rebase(struct measurement *m, int64_t start_ns)
{
	for (size_t i = 0; i < m->processes_count; i++) {
		m->processes[i].start_ns = offset_of(m->processes[i].start_ns, start_ns);
		m->processes[i].end_ns = offset_of(m->processes[i].end_ns, start_ns);
	}
	for (size_t i = 0; i < m->threads_count; i++) {
		m->threads[i].start_ns = offset_of(m->threads[i].start_ns, start_ns);
		m->threads[i].end_ns = offset_of(m->threads[i].end_ns, start_ns);
	}
	for (size_t i = 0; i < m->segments_count; i++)
		m->segments[i].start_ns = offset_of(m->segments[i].start_ns, start_ns);
}

int collector_finish(struct collector *c, uint64_t window_start_ns, uint64_t window_end_ns)
{
	struct measurement *m = c->m;

	m->wall_ns = window_end_ns > window_start_ns ? window_end_ns - window_start_ns : 0;
	runtimes_inherit(c);
	processes_complete(c);
	instants_rebase(m, window_start_ns);
	measurement_add_loss(m, "events of threads whose start was lost", c->orphaned);
	measurement_add_loss(m, "events that made no sense", c->malformed);
	return measurement_add_loss(m, "records for which there was no memory", c->out_of_memory);
}
