/*
 * gather: the workload, from all threads that carry the work.
 *
 * What each thread did is cut into operations. Where a program starts children one after the other
 * to do its work, each child is one. Computing that waits hardly interrupt could be cut anywhere.
 * What happens before the first operation and after the last is serial; what threads compute
 * meanwhile that hand the work out is shared out among the operations.
 */
#include "gather.h"

#include "concurrency.h"
#include "gathering.h"
#include "lane.h"
#include "margin.h"
#include "meaning.h"
#include "profile.h"
#include "workload.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Pieces of divisible computing: so many that a thousand workers still find one each. */
#define PIECES 1024
/* Operations beyond this are taken together: it bounds what a simulation takes. */
#define OPERATIONS_MOST 50000

bool gathering_is_whole(const struct gathering *g)
{
	return g->x->m->target.mode == MEASURED_LAUNCH && !g->p->work.service;
}

bool gathering_thread_feeds(const struct gathering *g, size_t thread)
{
	const struct profile_work *w = &g->p->work;

	return w->model == MODEL_PROCESSES && (!w->elastic || g->work->pooled) &&
	       !meaning_is_main(g->x, thread) &&
	       g->x->family.children[g->x->m->threads[thread].process] > 0;
}

/* Before a loop first waits for events it is being set up; one that hardly waits may be long past
 * that by then. */
static void loop_find_begin(struct gathering *g)
{
	const struct meaning *x = g->x;
	double begin_s = INFINITY;

	for (size_t i = 0; i < x->m->segments_count; i++) {
		const struct measured_segment *s = &x->m->segments[i];

		if (x->states[s->wait] == STATE_POLL && x->loops[x->m->waits[s->wait].thread])
			begin_s = fmin(begin_s, (double)s->start_ns / 1e9);
	}
	if (gathering_is_whole(g) && begin_s < g->p->wall_s &&
		g->p->work.wait_joint_s >= MARGIN * g->p->wall_s)
		g->begin_s = begin_s;
}

static int loops_gather(struct gathering *g)
{
	double most_s = worker_most_s(g);
	int error = 0;

	if (g->p->work.exchanges > 0)
		return requests_gather(g);
	loop_find_begin(g);
	for (size_t i = 0; i < g->x->m->threads_count && !error; i++)
		if (g->x->loops[i] || worker_carries(g, i, most_s))
			error = stint_gather(g, i, false);
	g->work->joint_s = g->p->work.wait_joint_s;
	return error;
}

/* Nothing but computing: equal pieces of all but what comes before. */
static int pieces_gather(struct gathering *g)
{
	const struct profile_work *w = &g->p->work;
	double loading = gathering_is_whole(g) ? loading_share(g) : 0;
	double cpu_s = w->cpu_s * (1 - loading);
	double share = w->cpu_s > 0 ? w->cpu_locked_s / w->cpu_s : 0;
	double blocking = w->wait_s > 0 ? w->wait_blocking_s / w->wait_s : 0;
	int error = 0;

	g->work->divisible = true;
	for (int i = 0; i < PIECES && !error; i++) {
		error = workload_begin(g->work);
		if (!error)
			error = workload_add(
				g->work, (struct step){
						 .locked_s = cpu_s * share / PIECES,
						 .free_s = cpu_s * (1 - share) / PIECES,
						 .wait_s = w->wait_s / PIECES,
						 .blocking = blocking > 0.5,
					 });
	}
	for (size_t i = 0; i < g->x->m->threads_count; i++) {
		g->work->pages += (double)g->x->m->threads[i].faults * (1 - loading);
		g->gathered[i] = true;
	}
	g->begin_s = fmin(w->cpu_s * loading, g->p->wall_s);
	return error;
}

static bool work_is_divisible(const struct profile_work *w)
{
	return w->model == MODEL_SEQUENTIAL && w->wait_s < MARGIN * (w->cpu_s + w->wait_s);
}

static int operations_gather(struct gathering *g)
{
	bool children = false;
	int error = children_gather(g, &children);

	if (error || children)
		return error;
	if (g->p->work.model == MODEL_EVENT_LOOP || g->p->work.exchanges > 0)
		return loops_gather(g);
	if (work_is_divisible(&g->p->work))
		return pieces_gather(g);
	return workers_gather(g);
}

/* How often a thread slept in a system call for its work. */
static double sleeps(const struct meaning *x, size_t thread)
{
	double sum = 0;

	for (size_t i = x->first_wait[thread]; i < x->first_wait[thread + 1]; i++)
		if (concurrency_overlaps(x->states[x->waits[i]]))
			sum += (double)x->m->waits[x->waits[i]].count;
	return sum;
}

/* Of threads under a global lock whose work is replayed, over all that they computed: what a server
 * beside them does is no part of it. Those that slept gave the lock up for good: the replay does
 * so, too. */
static double calls_per_s(const struct gathering *g)
{
	const struct meaning *x = g->x;
	double calls = 0, cpu_s = 0;

	for (size_t i = 0; i < x->m->threads_count; i++) {
		const struct measured_thread *t = &x->m->threads[i];

		if (!g->gathered[i] || !meaning_interpreter(x, t->process))
			continue;
		calls += fmax(0, (double)t->calls - sleeps(x, i));
		cpu_s += (double)t->cpu_ns / 1e9;
	}
	return cpu_s > 0 ? calls / cpu_s : 0;
}

static void terms_close(const struct gathering *g)
{
	struct workload *w = g->work;

	w->head_s = g->begin_s;
	w->tail_s = fmax(0, g->p->wall_s - g->end_s);
	w->ending_s = copying_ending_s(g);
	w->width = g->p->work.width;
	w->calls_per_s = calls_per_s(g);
	w->startup_s = g->workers ? g->startup_s / (double)g->workers : 0;
}

int gather_workload(struct workload *ret, const struct profile *p, const struct meaning *x,
	const double *locked_share)
{
	struct gathering g = {
		.work = ret,
		.p = p,
		.x = x,
		.locked_share = locked_share,
		.remainders = lane_remainders(x),
		.gathered = calloc(x->m->threads_count + 1, sizeof(*g.gathered)),
		.end_s = p->wall_s,
		.most = 1 + OPERATIONS_MOST / (x->m->threads_count + 1),
	};
	int error = g.remainders && g.gathered ? 0 : -ENOMEM;

	*ret = (struct workload){0};
	if (!error)
		error = turns_find(&g);
	if (!error)
		error = operations_gather(&g);
	if (!error)
		error = handing_spread(&g);
	if (!error)
		error = holding_mark(&g);
	if (!error && ret->operations_count == 0)
		error = workload_begin(ret); /* there is always one, if nothing is in it */
	if (!error)
		terms_close(&g);
	free(g.in_turn);
	free(g.remainders);
	free(g.gathered);
	return error;
}
