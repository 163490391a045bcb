/*
 * startup: compares a worker's first operation and its last one with those between.
 *
 * A forked worker copies the pages that it touches, and frees them when it ends: both look like
 * longer operations. So does what a worker of Node begins with, thread or process: it loads an
 * engine of its own. Another model would not have that, and a pool has it once for each worker, not
 * for each operation.
 */
#include "gathering.h"

#include "lane.h"
#include "meaning.h"
#include "overhead.h"
#include "profile.h"
#include "workload.h"

#include <math.h>

/* Items items[first] to items[end - 1], and what they compute. */
struct span {
	size_t first, end;
	double cpu_s;
};

static struct span span_of(const struct item *items, size_t first, size_t end)
{
	struct span s = {.first = first, .end = end};

	for (size_t i = first; i < end; i++)
		s.cpu_s += items[i].cpu_s;
	return s;
}

/* The operation that begins at an item. */
static struct span operation_at(
	const struct item *items, size_t first, size_t count, const bool *begins)
{
	size_t end = first + 1;

	while (end < count && !begins[end])
		end++;
	return span_of(items, first, end);
}

/* Whether one of its waits is for work: else it cannot be told from what is done to begin or to
 * end. placed: and that wait was recorded by itself, so that it is known where it was. */
static bool operation_waits(
	const struct gathering *g, const struct item *items, struct span s, bool placed)
{
	for (size_t i = s.first; i < s.end; i++)
		if (gathering_item_works(g, &items[i]) && (items[i].recorded || !placed))
			return true;
	return false;
}

/* Operations that wait, from the first one to one that is placed; and so to the last one. */
struct ends {
	struct span first, last;
	size_t first_count, last_count, count; /* of operations; of all */
	double cpu_s;                          /* of all */
	bool placed;                           /* the first ones end with one that is */
};

static void ends_add(struct ends *e, struct span s, bool placed)
{
	e->count++;
	e->cpu_s += s.cpu_s;
	if (!e->placed) {
		e->first = (struct span){
			e->first_count ? e->first.first : s.first, s.end, e->first.cpu_s + s.cpu_s};
		e->first_count++;
		e->placed = placed;
		return;
	}
	if (placed) {
		e->last = s;
		e->last_count = 1;
	} else if (e->last_count > 0) {
		e->last = (struct span){e->last.first, s.end, e->last.cpu_s + s.cpu_s};
		e->last_count++;
	}
}

static struct ends ends_find(
	const struct gathering *g, const struct item *items, size_t count, const bool *begins)
{
	struct ends e = {0};

	for (size_t i = 0; i < count;) {
		struct span s = operation_at(items, i, count, begins);

		i = s.end;
		if (operation_waits(g, items, s, false))
			ends_add(&e, s, operation_waits(g, items, s, true));
	}
	return e;
}

/* How many are between them: what those compute is usual. */
static size_t ends_between(const struct ends *e)
{
	return e->placed && e->last_count > 0 ? e->count - e->first_count - e->last_count : 0;
}

/* Lets the items compute so much less, each in proportion. */
static double span_shorten(struct item *items, struct span s, double by_s)
{
	double left = s.cpu_s > by_s ? 1 - by_s / s.cpu_s : 0;

	for (size_t i = s.first; i < s.end; i++)
		items[i].cpu_s *= left;
	return fmin(by_s, s.cpu_s);
}

/* Down to what an operation usually computes. */
static double span_level(struct item *items, struct span s, double usual_s)
{
	return span_shorten(items, s, fmax(0, s.cpu_s - usual_s));
}

static double lane_level(struct item *items, size_t count, const struct ends *e)
{
	struct span before = span_of(items, 0, e->first.first);
	struct span after = span_of(items, e->last.end, count);
	double usual_s = (e->cpu_s - e->first.cpu_s - e->last.cpu_s) / (double)ends_between(e);

	return span_level(items, before, 0) +
	       span_level(items, e->first, usual_s * (double)e->first_count) +
	       span_level(items, e->last, usual_s * (double)e->last_count) +
	       span_level(items, after, 0);
}

/* A thread that was started to work and begins as a whole program does: the first one of a process;
 * of a runtime that each thread loads anew, one with a loop of its own. */
static bool thread_is_worker(const struct gathering *g, size_t thread)
{
	const struct measured_thread *t = &g->x->m->threads[thread];
	enum model model = g->p->work.model;

	if (!gathering_is_whole(g) || !t->started)
		return false;
	if (model == MODEL_THREADS)
		return !meaning_is_main(g->x, thread) && t->loop.polls + t->loop.at_once > 0 &&
		       overhead_of(g->p, model, 0).boot_s > 0;
	return (model == MODEL_PROCESSES || model == MODEL_HYBRID) &&
	       meaning_is_main(g->x, thread) && g->x->family.parent[t->process] != MEASURED_NONE;
}

/* What that usually takes, of as many as had the row; of what is copied no more than that many page
 * faults. */
static double startup_estimate_s(const struct gathering *g, size_t thread)
{
	struct overhead o = overhead_of(g->p, g->p->work.model, 0);
	double many = meaning_threads(g->x, thread), copied_s = many * (o.own_s - o.boot_s);
	double faults_s = (double)g->x->m->threads[thread].faults * overhead_fault_s(g->p);

	return many * o.boot_s + (copying_is_known(g) ? fmin(copied_s, faults_s) : copied_s);
}

int startup_take(
	struct gathering *g, struct item *items, size_t count, const bool *begins, size_t thread)
{
	struct ends e;
	struct span all = span_of(items, 0, count);
	double workers, copied_s = 0, estimate_s;
	bool told; /* by its operations: those between the first and the last of one worker */
	int error = 0;

	if (!thread_is_worker(g, thread))
		return 0;
	e = ends_find(g, items, count, begins);
	workers = meaning_threads(g->x, thread);
	told = workers < 2 && ends_between(&e) > 0;
	estimate_s = startup_estimate_s(g, thread);
	if (told && copying_is_known(g) && g->p->work.model != MODEL_THREADS) {
		error = copying_take(g, items, count, &copied_s);
		e = ends_find(g, items, count, begins);
	}
	g->startup_s += copied_s;
	/* No more than half of what was measured is taken away on the ground of an estimate. */
	g->startup_s += told ? lane_level(items, count, &e)
			     : span_shorten(items, all, fmin(estimate_s, all.cpu_s / 2));
	g->workers += (size_t)workers;
	return error;
}
