/*
 * glance: the difference between two looks at everything that is summed.
 *
 * A total is what events have told already, kept in the collector's rows, and what the kernel side
 * still keeps. The two are not read at one instant, so a total can seem to fall by what was just on
 * its way: none goes back, and the next look has it.
 */
#include "glance.h"

#include "collector_state.h"
#include "measurement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of a row of threads: its record of this look, and the totals at the last one. */
struct seen_thread {
	const struct wire_glance *now; /* NULL: it has ended, or ends just now */
	uint64_t vacant_ns;
	uint64_t cpu_ns, run_queue_ns, stolen_ns, user_ticks_ns, kernel_ticks_ns;
	size_t row; /* in the interval; MEASURED_NONE: not there */
};

/* Of a row of waits: what the kernel side still keeps, and the totals at the last look. */
struct seen_wait {
	uint64_t kept_count, kept_ns;
	uint64_t count, total_ns;
};

struct glance {
	struct collector *c;
	uint64_t since_ns;
	struct seen_thread *threads;
	size_t threads_room;
	struct seen_wait *waits;
	size_t waits_room;
	struct measurement interval; /* its processes, threads and waits are its own */
};

struct glance *glance_new(struct collector *c, uint64_t since_ns)
{
	struct glance *g = calloc(1, sizeof(*g));

	if (g) {
		g->c = c;
		g->since_ns = since_ns;
	}
	return g;
}

/* The rows are copies, whose strings belong to the collector's measurement. */
static void interval_clear(struct glance *g)
{
	free(g->interval.processes);
	free(g->interval.threads);
	free(g->interval.waits);
	g->interval = (struct measurement){0};
}

void glance_free(struct glance *g)
{
	if (!g)
		return;
	interval_clear(g);
	free(g->threads);
	free(g->waits);
	free(g);
}

/* Room for `count` elements, the new ones zeroed. */
static int room_make(void *array, size_t *room, size_t count, size_t element)
{
	void **at = array;
	size_t wanted = count + count / 2 + 16;
	void *grown;

	if (count <= *room)
		return 0;
	grown = reallocarray(*at, wanted, element);
	if (!grown)
		return -ENOMEM;
	memset((char *)grown + *room * element, 0, (wanted - *room) * element);
	*at = grown;
	*room = wanted;
	return 0;
}

static int wait_keep(struct glance *g, size_t thread, const struct wire_glance_wait *w)
{
	size_t row = collector_wait(g->c, thread, &w->key);

	if (row == MEASURED_NONE ||
		room_make(&g->waits, &g->waits_room, row + 1, sizeof(*g->waits)) < 0)
		return -ENOMEM;
	g->waits[row].kept_count += w->count;
	g->waits[row].kept_ns += w->total_ns;
	return 0;
}

static int name_renew(struct measured_thread *t, const char *comm)
{
	char *name;

	if (t->name && strncmp(t->name, comm, WIRE_COMM) == 0)
		return 0;
	name = strndup(comm, WIRE_COMM);
	if (!name)
		return -ENOMEM;
	free(t->name);
	t->name = name;
	return 0;
}

static int thread_see(struct glance *g, const struct wire_glance *record)
{
	size_t row;
	int error;

	if (!table_get(&g->c->threads, record->head.thread, &row))
		return 0; /* its start was lost, which is counted when it ends */
	g->threads[row].now = record;
	error = name_renew(&g->c->m->threads[row], record->head.comm);
	for (size_t i = 0; i < 1 + WIRE_SLOTS && !error; i++)
		if (record->waits[i].count)
			error = wait_keep(g, row, &record->waits[i]);
	return error;
}

/* How far a total has got beyond the last look's. */
static uint64_t advance(uint64_t *last, uint64_t now)
{
	uint64_t more = now > *last ? now - *last : 0;

	*last += more;
	return more;
}

static uint64_t instant_in(int64_t at_ns, uint64_t since_ns, uint64_t length_ns)
{
	uint64_t at = at_ns > 0 ? (uint64_t)at_ns : 0;

	if (at <= since_ns)
		return 0;
	return at - since_ns < length_ns ? at - since_ns : length_ns;
}

/* The thread's times in the interval. Those of ended ones are in the row. */
static void thread_advance(
	struct seen_thread *s, const struct measured_thread *row, struct measured_thread *to)
{
	const struct wire_glance_thread *now = s->now ? &s->now->head : NULL;

	to->cpu_ns = advance(&s->cpu_ns, row->cpu_ns + (now ? now->cpu_ns : 0));
	to->run_queue_ns =
		advance(&s->run_queue_ns, row->run_queue_ns + (now ? now->run_queue_ns : 0));
	to->stolen_ns = advance(&s->stolen_ns, row->stolen_ns + (now ? now->stolen_ns : 0));
	to->cpu_user_ticks_ns =
		advance(&s->user_ticks_ns, row->cpu_user_ticks_ns + (now ? now->user_ticks_ns : 0));
	to->cpu_kernel_ticks_ns = advance(
		&s->kernel_ticks_ns, row->cpu_kernel_ticks_ns + (now ? now->kernel_ticks_ns : 0));
}

static void threads_advance(struct glance *g, uint64_t now_ns)
{
	const struct measurement *m = g->c->m;

	for (size_t i = 0; i < m->threads_count; i++) {
		const struct measured_thread *row = &m->threads[i];
		struct seen_thread *s = &g->threads[i];
		struct measured_thread t = {
			.process = row->process, .tid = row->tid, .name = row->name};
		uint64_t length_ns = now_ns - g->since_ns;
		bool over = row->end_ns != MEASURED_ALIVE && (uint64_t)row->end_ns <= g->since_ns;

		uint64_t vacant_ns = advance(&s->vacant_ns, row->vacant_ns);

		s->row = MEASURED_NONE;
		if ((over && !s->now) || collector_is_blank(g->c, row->process))
			continue;
		t.vacant_ns = vacant_ns < length_ns ? vacant_ns : length_ns;
		t.start_ns = instant_in(row->start_ns, g->since_ns, length_ns);
		t.started = row->started && (uint64_t)row->start_ns > g->since_ns;
		t.end_ns = row->end_ns == MEASURED_ALIVE
				   ? MEASURED_ALIVE
				   : (int64_t)instant_in(row->end_ns, g->since_ns, length_ns);
		thread_advance(s, row, &t);
		s->row = g->interval.threads_count;
		g->interval.threads[g->interval.threads_count++] = t;
	}
}

static void waits_advance(struct glance *g, uint64_t length_ns)
{
	const struct measurement *m = g->c->m;

	for (size_t i = 0; i < m->waits_count; i++) {
		struct seen_wait *s = &g->waits[i];
		struct measured_wait w = m->waits[i];
		size_t row = g->threads[w.thread].row;
		uint64_t ns = advance(&s->total_ns, w.total_ns + s->kept_ns);

		w.count = advance(&s->count, w.count + s->kept_count);
		s->kept_ns = s->kept_count = 0;
		if (ns == 0 || row == MEASURED_NONE)
			continue;
		w.thread = row;
		w.total_ns = w.max_ns = ns < length_ns ? ns : length_ns;
		w.count += w.count == 0; /* the one that was there before goes on */
		w.open = w.asked = w.continued = 0;
		w.durations = (struct durations){0};
		g->interval.waits[g->interval.waits_count++] = w;
	}
}

/* What it has of the measurement as it is, and room for its own rows. */
static int interval_begin(struct glance *g, uint64_t length_ns)
{
	const struct measurement *m = g->c->m;

	interval_clear(g);
	g->interval = (struct measurement){
		.backend = m->backend,
		.host = m->host,
		.target = m->target,
		.wall_ns = length_ns,
		.segment_floor_ns = m->segment_floor_ns,
		.processes = calloc(m->processes_count + 1, sizeof(*m->processes)),
		.processes_count = m->processes_count,
		.runtimes = m->runtimes,
		.runtimes_count = m->runtimes_count,
		.threads = calloc(m->threads_count + 1, sizeof(*m->threads)),
		.files = m->files,
		.files_count = m->files_count,
		.waits = calloc(m->waits_count + 1, sizeof(*m->waits)),
	};
	if (!g->interval.processes || !g->interval.threads || !g->interval.waits)
		return -ENOMEM;
	for (size_t i = 0; i < m->processes_count; i++) {
		g->interval.processes[i] = m->processes[i];
		g->interval.processes[i].start_ns = 0;
		g->interval.processes[i].end_ns = MEASURED_ALIVE;
		g->interval.processes[i].earlier = g->interval.processes[i].vacant_ns = 0;
	}
	return 0;
}

static int rows_see(struct glance *g, const struct wire_glance *threads, size_t count)
{
	size_t rows = g->c->m->threads_count;
	int error = room_make(&g->threads, &g->threads_room, rows + 1, sizeof(*g->threads));

	for (size_t i = 0; i < rows && !error; i++)
		g->threads[i].now = NULL;
	for (size_t i = 0; i < count && !error; i++)
		error = thread_see(g, &threads[i]);
	if (error)
		return error;
	return room_make(&g->waits, &g->waits_room, g->c->m->waits_count + 1, sizeof(*g->waits));
}

const struct measurement *glance_take(
	struct glance *g, const struct wire_glance *threads, size_t count, uint64_t now_ns)
{
	uint64_t length_ns = now_ns > g->since_ns ? now_ns - g->since_ns : 0;

	if (rows_see(g, threads, count) < 0 || interval_begin(g, length_ns) < 0)
		return NULL;
	threads_advance(g, now_ns);
	waits_advance(g, length_ns);
	g->since_ns = now_ns;
	return &g->interval;
}
