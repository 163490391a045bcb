/*
 * work: the terms of the prediction, summed from what threads did that was neither idle nor
 * coordinating.
 */
#include "work.h"

#include "carrier.h"
#include "concurrency.h"
#include "meaning.h"
#include "profile.h"
#include "server.h"
#include "thread.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two that share the work in earnest: the smaller one has over a quarter of what the other has. */
#define SHARED 1.5
/* Waiting below this share of the work is incidental: what could be split is the computing. It is
 * the margin within which models count as equally good. */
#define INCIDENTAL 0.1
/* A pool starts each worker once, and some once more; who starts more has no pool. */
#define ELASTIC 2

static double state_busy_s(const struct profile_thread *t, enum state s)
{
	double unexplained_s = s == STATE_OTHER ? t->unexplained_s : 0;

	return fmax(0, t->time.s[s] - t->idle.s[s] - t->coordinating.s[s] - unexplained_s);
}

static void busy_sum(struct profile *p)
{
	struct profile_work *w = &p->work;

	for (size_t i = 0; i < p->threads_count; i++) {
		const struct profile_thread *t = &p->threads[i];

		for (int s = 0; s < STATE_COUNT; s++) {
			w->busy.s[s] += state_busy_s(t, s);
			w->busy.total_s += state_busy_s(t, s);
		}
		w->idle_s += t->idle.total_s;
	}
	w->cpu_s = w->busy.s[STATE_CPU_USER] + w->busy.s[STATE_CPU_KERNEL];
}

/* An interpreter's start and end need its lock too: what is serial is taken off. */
static void locked_sum(struct profile_work *w, const struct meaning *x, const double *locked_s,
	const double *serial_s)
{
	for (size_t i = 0; i < x->m->processes_count; i++) {
		w->cpu_locked_s += locked_s[i];
		w->cpu_locked_most_s =
			fmax(w->cpu_locked_most_s, fmax(0, locked_s[i] - serial_s[i]));
	}
}

/* Files are always ready, and memory cannot be asked: no event loop can do something else
 * meanwhile. */
static bool state_blocks_loops(enum state s)
{
	return s == STATE_DISK || s == STATE_PAGE_FAULT;
}

/*
 * W, its longest wait, and n: the number of equal waits that would make up W, W^2 / sum of squares;
 * a few long ones among many short ones count as few.
 */
static void waits_sum(struct profile_work *w, const struct meaning *x)
{
	double squares = 0;

	for (size_t i = 0; i < x->m->waits_count; i++) {
		const struct measured_wait *from = &x->m->waits[i];
		double total_s = (double)from->total_ns / 1e9;

		if (x->purposes[i] != PURPOSE_WORK || !concurrency_overlaps(x->states[i]) ||
			x->states[i] == STATE_POLL || !from->count)
			continue;
		w->wait_s += total_s;
		w->wait_blocking_s += state_blocks_loops(x->states[i]) ? total_s : 0;
		w->longest_s = fmax(w->longest_s, (double)from->max_ns / 1e9);
		squares += total_s * total_s / (double)from->count;
	}
	if (w->wait_s > INCIDENTAL * (w->cpu_s + w->wait_s) && squares > 0)
		w->operations = (uint64_t)fmax(1, round(w->wait_s * w->wait_s / squares));
}

/* A wait this much shorter than the usual operation belongs to the program's start or end. */
#define OPERATION_LEAST 0.1

static bool segment_is_operation(
	const struct meaning *x, const struct measured_segment *s, double usual_s)
{
	return x->purposes[s->wait] == PURPOSE_WORK && concurrency_overlaps(x->states[s->wait]) &&
	       (double)s->wait_ns / 1e9 >= OPERATION_LEAST * usual_s;
}

/* The first operation of all: its index, or the count of segments. */
static size_t first_operation(const struct meaning *x, double usual_s)
{
	const struct measured_segment *all = x->m->segments;
	size_t first = x->m->segments_count;

	for (size_t i = 0; i < x->m->segments_count; i++)
		if (segment_is_operation(x, &all[i], usual_s) &&
			(first == x->m->segments_count || all[i].start_ns < all[first].start_ns))
			first = i;
	return first;
}

/* What a thread computed before an instant, as far as it waited by then. */
static double computed_before_s(const struct meaning *x, size_t thread, int64_t instant_ns)
{
	double sum = 0;

	for (size_t i = x->first_segment[thread]; i < x->first_segment[thread + 1]; i++) {
		const struct measured_segment *s = &x->m->segments[x->segments[i]];

		if (s->start_ns > instant_ns)
			break;
		sum += (double)s->cpu_before_ns / 1e9;
	}
	return sum;
}

/* What a thread computed after its last operation. */
static double computed_after_s(const struct meaning *x, size_t thread, double usual_s)
{
	double until_s = 0, since_s = 0;

	for (size_t i = x->first_segment[thread]; i < x->first_segment[thread + 1]; i++) {
		const struct measured_segment *s = &x->m->segments[x->segments[i]];

		since_s += (double)s->cpu_before_ns / 1e9;
		if (segment_is_operation(x, s, usual_s)) {
			until_s += since_s;
			since_s = 0;
		}
	}
	return fmax(0, (double)x->m->threads[thread].cpu_ns / 1e9 - until_s);
}

/*
 * Of a program that mostly waits, one operation after the other: what it computes before the first
 * and after the last one is not part of any (an interpreter's start is the usual case). It stays
 * serial under every model. Fills serial_s, for each process.
 */
static void serial_sum(struct profile_work *w, const struct meaning *x, double *serial_s)
{
	double usual_s = w->operations ? w->wait_s / (double)w->operations : 0;
	size_t first, thread;

	if (w->model != MODEL_SEQUENTIAL || w->wait_s < w->cpu_s || usual_s <= 0)
		return;
	first = first_operation(x, usual_s);
	if (first == x->m->segments_count)
		return;
	for (size_t i = 0; i < x->m->threads_count; i++)
		serial_s[x->m->threads[i].process] +=
			computed_before_s(x, i, x->m->segments[first].start_ns);
	thread = x->m->waits[x->m->segments[first].wait].thread;
	serial_s[x->m->threads[thread].process] += computed_after_s(x, thread, usual_s);
	for (size_t i = 0; i < x->m->processes_count; i++)
		w->cpu_serial_s += serial_s[i];
	w->cpu_serial_s = fmin(w->cpu_serial_s, w->cpu_s);
}

/* Polls for several files that are work: while a loop waits, all that it has under way waits. Loops
 * wait side by side, so the longest waiting counts. */
static void joint_sum(struct profile_work *w, const struct profile *p)
{
	for (size_t i = 0; i < p->threads_count; i++) {
		const struct profile_thread *t = &p->threads[i];

		w->wait_joint_s =
			fmax(w->wait_joint_s, t->time.s[STATE_POLL] - t->idle.s[STATE_POLL] -
						      t->coordinating.s[STATE_POLL]);
	}
}

static void lock_sum(struct profile_work *w, const struct profile *p)
{
	for (size_t i = 0; i < p->locks_count; i++)
		if (strcmp(p->locks[i].kind, "interpreter") != 0)
			w->lock_s = fmax(w->lock_s, p->locks[i].held_s);
}

/* Where children do the work one by one, each is one operation, and no shorter than its own life.
 */
static void children_sum(struct profile_work *w, const struct carriers *c)
{
	if (c->children < 2)
		return;
	if (c->children > w->operations)
		w->operations = c->children;
	w->longest_s = fmax(w->longest_s, c->child_longest_s);
}

static void pieces_count(struct profile_work *w, const struct carriers *c)
{
	/* Computing in several threads or processes: as many pieces as they are. */
	if (w->operations == 0 && c->threads_peak > 1)
		w->operations = c->threads_peak;
	/* Computing that a few waits interrupt may be split elsewhere than at them. */
	w->pieces_known = w->operations > 0 && (w->wait_s >= w->cpu_s || c->threads_peak > 1);
}

struct loops_sum {
	double busy_s;
	size_t count;
	bool coordinates; /* a loop waits for its own threads or children */
};

static struct loops_sum loops_add(const struct profile *p)
{
	struct loops_sum sum = {.count = p->loops_count};

	for (size_t i = 0; i < p->loops_count; i++) {
		const struct profile_thread *t = &p->threads[p->loops[i].thread];

		sum.busy_s += thread_busy_s(p, p->loops[i].thread);
		sum.coordinates |= t->coordinating.s[STATE_POLL] > 0;
	}
	return sum;
}

static enum model model_by_carriers(const struct carriers *c)
{
	if (c->processes >= SHARED)
		return c->threads / c->processes >= SHARED ? MODEL_HYBRID : MODEL_PROCESSES;
	return c->threads >= SHARED ? MODEL_THREADS : MODEL_SEQUENTIAL;
}

static void model_find(struct profile *p, const struct carriers *c)
{
	struct profile_work *w = &p->work;
	struct loops_sum loops = loops_add(p);

	if (loops.count > 0 && loops.busy_s >= w->busy.total_s / 2) {
		w->model = MODEL_EVENT_LOOP;
		w->workers = (int)loops.count;
		return;
	}
	w->model = model_by_carriers(c);
	if (w->model == MODEL_SEQUENTIAL && w->service && p->server.connection_threads > 1)
		w->model = MODEL_THREADS; /* one each, if hardly at once under this load */
	if (loops.coordinates && w->model != MODEL_SEQUENTIAL)
		w->model = MODEL_HYBRID;
	w->workers = (int)(w->model == MODEL_PROCESSES ? c->processes_peak : c->threads_peak);
	if (w->model == MODEL_SEQUENTIAL || w->workers < 1)
		w->workers = 1;
	w->elastic = c->started > ELASTIC * (size_t)w->workers;
}

/* It serves the outside, and waits for requests rather than computing all the time. */
static bool is_service(const struct profile *p, const struct meaning *x)
{
	double waiting_s = 0;

	if (!server_is_public(x))
		return false;
	if (x->m->target.mode == MEASURED_ATTACH)
		return true; /* even under so much load that it never waits for a request */
	if (!server_was_asked(x) && p->loops_count == 0)
		return false; /* launched, it may as well have listened in vain */
	for (size_t i = 0; i < p->threads_count; i++) {
		const struct profile_thread *t = &p->threads[i];

		if (!x->serving[x->m->threads[i].process])
			continue;
		if (x->loops[i])
			return true;
		waiting_s = fmax(waiting_s,
			t->idle.s[STATE_NETWORK] + t->idle.s[STATE_IPC] + t->idle.s[STATE_POLL]);
	}
	return waiting_s >= p->wall_s / 2;
}

static void terms_sum(struct profile *p, const struct meaning *x, const struct carriers *c)
{
	struct profile_work *w = &p->work;

	busy_sum(p);
	waits_sum(w, x);
	joint_sum(w, p);
	lock_sum(w, p);
	children_sum(w, c);
	pieces_count(w, c);
	w->service = is_service(p, x);
	model_find(p, c);
}

int work_fill(struct profile *p, const struct meaning *x, const double *locked_s)
{
	double *serial_s = calloc(x->m->processes_count + 1, sizeof(*serial_s));
	struct carriers c;
	int error = serial_s ? carrier_find(p, x, &c) : -ENOMEM;

	if (!error) {
		terms_sum(p, x, &c);
		serial_sum(&p->work, x, serial_s);
		locked_sum(&p->work, x, locked_s, serial_s);
	}
	free(serial_s);
	return error;
}
