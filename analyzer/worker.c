/*
 * worker: which threads do the operations, from when to when. One that does hardly anything is
 * none, nor is one that hands the work out.
 */
#include "gathering.h"

#include "concurrency.h"
#include "margin.h"
#include "meaning.h"
#include "profile.h"
#include "server.h"
#include "thread.h"
#include "workload.h"

#include <math.h>

/* Of those that had the row, each on average. */
static double each_busy_s(const struct gathering *g, size_t thread)
{
	return thread_busy_s(g->p, thread) / meaning_threads(g->x, thread);
}

/* Works for most of a life in which it does little. */
static bool thread_is_brief(const struct gathering *g, size_t thread, double most_s)
{
	double busy_s = thread_busy_s(g->p, thread);

	return busy_s > 0 && each_busy_s(g, thread) < MARGIN * most_s &&
	       busy_s >= meaning_thread_life_s(g->x, thread) / 2;
}

bool worker_carries(const struct gathering *g, size_t thread, double most_s)
{
	double busy_s = thread_busy_s(g->p, thread);

	if (busy_s <= 0 || g->p->threads[thread].role == ROLE_COORDINATOR ||
		server_is_own(g->x, thread) || g->x->helpers[thread] ||
		gathering_thread_feeds(g, thread))
		return false;
	return each_busy_s(g, thread) >= MARGIN * most_s ||
	       (g->brief_carry && thread_is_brief(g, thread, most_s));
}

double worker_most_s(const struct gathering *g)
{
	double most = 0;

	for (size_t i = 0; i < g->p->threads_count; i++)
		if (g->p->threads[i].role != ROLE_COORDINATOR && !g->x->helpers[i])
			most = fmax(most, each_busy_s(g, i));
	return most;
}

static bool thread_was_first(const struct meaning *x, size_t thread)
{
	return meaning_is_main(x, thread) &&
	       x->family.parent[x->m->threads[thread].process] == MEASURED_NONE;
}

/* Between the first start of those who were started to work and when the last had done are the
 * operations. */
static void carriers_span(struct gathering *g, double most_s)
{
	const struct measurement *m = g->x->m;
	double begin_s = INFINITY, end_s = 0;

	for (size_t i = 0; i < m->threads_count; i++) {
		if (!worker_carries(g, i, most_s) || thread_was_first(g->x, i))
			continue;
		begin_s = fmin(begin_s, (double)m->threads[i].start_ns / 1e9);
		end_s = fmax(end_s, thread_done_s(g->x, i));
	}
	if (begin_s >= end_s || !gathering_is_whole(g))
		return;
	g->begin_s = begin_s;
	g->end_s = fmin(end_s, g->p->wall_s);
}

/* What a thread waited for its work, not for its turn. */
static double waited_s(const struct gathering *g, size_t thread)
{
	const struct meaning *x = g->x;
	double sum = 0;

	for (size_t i = x->first_wait[thread]; i < x->first_wait[thread + 1]; i++)
		if (x->purposes[x->waits[i]] == PURPOSE_WORK &&
			concurrency_overlaps(x->states[x->waits[i]]))
			sum += (double)x->m->waits[x->waits[i]].total_ns / 1e9;
	return sum;
}

/* One that was there before it started others and does not wait as they do hands the work out: what
 * it computed meanwhile is shared out (handing.c). */
static bool thread_works(const struct gathering *g, size_t thread, double most_s)
{
	return worker_carries(g, thread, most_s) &&
	       (!thread_was_first(g->x, thread) || waited_s(g, thread) >= MARGIN * most_s);
}

static void brief_find(struct gathering *g, double most_s)
{
	double sum = 0;

	for (size_t i = 0; i < g->x->m->threads_count; i++)
		if (thread_is_brief(g, i, most_s) && g->p->threads[i].role != ROLE_COORDINATOR)
			sum += thread_busy_s(g->p, i);
	g->brief_carry = sum >= MARGIN * most_s;
}

/* Where the first thread waits for its work itself, its own operations say where they begin and
 * end; else those who were started do. */
static int stints_gather(struct gathering *g)
{
	double most_s = worker_most_s(g);
	size_t carriers = 0, first = g->x->m->threads_count;
	int error = 0;

	brief_find(g, most_s);
	for (size_t i = 0; i < g->x->m->threads_count; i++) {
		carriers += worker_carries(g, i, most_s);
		if (thread_was_first(g->x, i) && thread_works(g, i, most_s))
			first = i;
	}
	if (first < g->x->m->threads_count)
		error = stint_gather(g, first, true);
	else if (carriers > 1)
		carriers_span(g, most_s);
	for (size_t i = 0; i < g->x->m->threads_count && !error; i++)
		if (i != first &&
			(carriers == 1 ? worker_carries(g, i, most_s) : thread_works(g, i, most_s)))
			error = stint_gather(g, i, carriers == 1);
	return error;
}

/* Of those who were started to work. Who ends when it is done was given its share beforehand; who
 * waits for more until all are done was not. */
static double uneven_s(const struct gathering *g)
{
	double last_s = 0, sum = 0, workers = 0;

	for (size_t i = 0; i < g->x->m->threads_count; i++) {
		double end_s = fmin((double)g->x->m->threads[i].end_ns / 1e9, g->p->wall_s);

		if (!g->gathered[i] || thread_was_first(g->x, i))
			continue;
		last_s = fmax(last_s, end_s);
		sum += end_s;
		workers++;
	}
	return workers > 0 ? last_s - sum / workers : 0;
}

int workers_gather(struct gathering *g)
{
	int error = stints_gather(g);

	workload_order(g->work);
	g->work->uneven_s = uneven_s(g);
	return error;
}
