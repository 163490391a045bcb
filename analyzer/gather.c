/*
 * gather: the workload, from all threads that carry the work.
 *
 * A thread's lane is cut into operations. Where a program starts children one after the other to do
 * its work, each child is one. Computing that waits hardly interrupt could be cut anywhere. What
 * happens before the first operation and after the last is serial; what threads compute meanwhile
 * that hand the work out is shared out among the operations.
 */
#include "gather.h"

#include "concurrency.h"
#include "cut.h"
#include "gathering.h"
#include "lane.h"
#include "margin.h"
#include "meaning.h"
#include "profile.h"
#include "thread.h"
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

static struct step item_step(const struct gathering *g, const struct item *i, size_t thread)
{
	double share = g->locked_share[g->x->m->threads[thread].process];

	return (struct step){
		.locked_s = i->cpu_s * share,
		.free_s = i->cpu_s * (1 - share),
		.wait_s = i->wait_s,
		.blocking = i->wait != MEASURED_NONE && i->wait_s > 0 &&
			    state_is_storage(g->x->states[i->wait]),
	};
}

/* Only one operation at a time can be in this wait. */
static bool item_takes_turns(const struct gathering *g, const struct item *i)
{
	return i->wait != MEASURED_NONE && i->wait_s > 0 && g->in_turn[g->p->row_of_wait[i->wait]];
}

static int step_put(struct gathering *g, const struct item *i, size_t thread)
{
	struct step s = item_step(g, i, thread);
	int error;

	if (!item_takes_turns(g, i))
		return workload_add(g->work, s);
	s.wait_s = 0;
	error = workload_add(g->work, s);
	return error ? error
		     : workload_add(g->work, (struct step){.wait_s = i->wait_s, .exclusive = true});
}

/* Where what was computed before the first recorded wait began. */
static double first_start_s(const struct item *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].recorded)
			return fmax(0, items[i].start_s - items[i].cpu_s);
	return 0;
}

static int operations_put(struct gathering *g, const struct item *items, size_t count,
	const bool *begins, size_t thread)
{
	double since_s = first_start_s(items, count);
	int error = 0;

	for (size_t i = 0; i < count && !error; i++) {
		if (begins[i]) {
			error = workload_begin(g->work);
			if (!error)
				g->work->operations[g->work->operations_count - 1].start_s =
					since_s;
		}
		if (items[i].recorded)
			since_s = items[i].end_s;
		g->work->pages += (double)items[i].faults;
		if (!error && (items[i].cpu_s > 0 || items[i].wait_s > 0))
			error = step_put(g, &items[i], thread);
	}
	return error;
}

/* What lies between two instants of the time from since_s to until_s. */
static double part_s(double since_s, double until_s, double begin_s, double end_s)
{
	return fmax(0, fmin(until_s, end_s) - fmax(since_s, begin_s));
}

/* The items between begin_s and end_s. Where they are not recorded one by one nothing says that
 * they are not. */
static void lane_trim(struct lane *l, double begin_s, double end_s)
{
	double since_s = 0;
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++) {
		struct item item = l->items[i];

		if (item.recorded && item.start_s <= begin_s)
			kept = 0; /* nor is what was not recorded before it */
		if (item.recorded)
			item.cpu_s =
				fmin(item.cpu_s, part_s(since_s, item.start_s, begin_s, end_s));
		else if (item.wait == MEASURED_NONE)
			item.cpu_s = fmin(item.cpu_s, part_s(since_s, INFINITY, begin_s, end_s));
		if (item.recorded)
			since_s = item.end_s;
		if (item.recorded && item.start_s >= end_s)
			item.wait_s = 0; /* what it follows counts */
		if (item.recorded &&
			(item.end_s <= begin_s || (item.start_s >= end_s && item.cpu_s <= 0)))
			continue;
		l->items[kept++] = item;
	}
	l->count = kept;
}

static int lane_cut(struct gathering *g, struct lane *l, size_t thread)
{
	bool *begins = calloc(l->count + 1, sizeof(*begins));
	int error = begins ? cut_operations(g->x, l->items, l->count, begins) : -ENOMEM;

	if (!error) {
		error = startup_take(g, l->items, l->count, begins, thread);
		if (!error)
			error = operations_put(g, l->items, l->count, begins, thread);
	}
	free(begins);
	return error;
}

bool gathering_item_works(const struct gathering *g, const struct item *i)
{
	return i->wait_s > 0 &&
	       g->p->work.busy.s[g->x->states[i->wait]] >= MARGIN * g->p->work.wait_s;
}

static bool item_is_seen(const struct gathering *g, const struct item *i)
{
	return i->recorded && gathering_item_works(g, i);
}

/* What an operation usually computes before its wait, after the first one. */
static double usual_cpu_s(const struct gathering *g, const struct lane *l, size_t first)
{
	double sum = 0;
	size_t count = 0;

	for (size_t i = first + 1; i < l->count; i++)
		if (item_is_seen(g, &l->items[i])) {
			sum += l->items[i].cpu_s;
			count++;
		}
	return count ? sum / (double)count : 0;
}

/* How long items take that come one after the other. */
static double items_s(const struct item *items, size_t first, size_t end)
{
	double sum = 0;

	for (size_t i = first; i < end; i++)
		sum += items[i].cpu_s + items[i].wait_s;
	return sum;
}

/*
 * Of a program that does one operation after the other: where they begin and end, by the first and
 * the last that were recorded one by one. Short ones before and after them, known as sums alone,
 * take what they take on average.
 */
static void lane_find_ends(struct gathering *g, struct lane *l)
{
	struct item *items = l->items;
	size_t first = 0, last = l->count, first_seen, last_seen;

	while (first < last && !gathering_item_works(g, &items[first]))
		first++;
	while (last > first && !gathering_item_works(g, &items[last - 1]))
		last--;
	first_seen = first;
	last_seen = last;
	while (first_seen < last && !item_is_seen(g, &items[first_seen]))
		first_seen++;
	while (last_seen > first_seen && !item_is_seen(g, &items[last_seen - 1]))
		last_seen--;
	if (first_seen >= last_seen)
		return;
	g->end_s = fmin(g->p->wall_s, items[last_seen - 1].end_s + items_s(items, last_seen, last));
	items[first_seen].cpu_s = fmin(items[first_seen].cpu_s, usual_cpu_s(g, l, first_seen));
	g->begin_s = fmax(0, items[first_seen].start_s - items[first_seen].cpu_s -
				     items_s(items, first, first_seen));
	l->items += first;
	l->count = last - first;
}

static int thread_gather(struct gathering *g, size_t thread, bool alone)
{
	struct lane lane, within;
	int error = lane_fill(&lane, g->x, g->remainders, thread, g->most);

	if (error)
		return error;
	within = lane;
	if (!alone)
		lane_trim(&within, g->begin_s, g->end_s);
	else if (gathering_is_whole(g))
		lane_find_ends(g, &within);
	error = lane_cut(g, &within, thread);
	g->gathered[thread] = true;
	lane_clear(&lane);
	return error;
}

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

/* A thread carries a notable part of the work, or is one of many brief ones that do so together. */
static bool thread_carries(const struct gathering *g, size_t thread, double most_s)
{
	double busy_s = thread_busy_s(g->p, thread);

	if (busy_s <= 0 || g->p->threads[thread].role == ROLE_COORDINATOR ||
		gathering_thread_feeds(g, thread))
		return false;
	return each_busy_s(g, thread) >= MARGIN * most_s ||
	       (g->brief_carry && thread_is_brief(g, thread, most_s));
}

static double busiest_s(const struct gathering *g)
{
	double most = 0;

	for (size_t i = 0; i < g->p->threads_count; i++)
		if (g->p->threads[i].role != ROLE_COORDINATOR)
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
		if (!thread_carries(g, i, most_s) || thread_was_first(g->x, i))
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
	return thread_carries(g, thread, most_s) &&
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
static int threads_gather(struct gathering *g)
{
	double most_s = busiest_s(g);
	size_t carriers = 0, first = g->x->m->threads_count;
	int error = 0;

	brief_find(g, most_s);
	for (size_t i = 0; i < g->x->m->threads_count; i++) {
		carriers += thread_carries(g, i, most_s);
		if (thread_was_first(g->x, i) && thread_works(g, i, most_s))
			first = i;
	}
	if (first < g->x->m->threads_count)
		error = thread_gather(g, first, true);
	else if (carriers > 1)
		carriers_span(g, most_s);
	for (size_t i = 0; i < g->x->m->threads_count && !error; i++)
		if (i != first &&
			(carriers == 1 ? thread_carries(g, i, most_s) : thread_works(g, i, most_s)))
			error = thread_gather(g, i, carriers == 1);
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
	double most_s = busiest_s(g);
	int error = 0;

	if (g->p->work.exchanges > 0)
		return requests_gather(g);
	loop_find_begin(g);
	for (size_t i = 0; i < g->x->m->threads_count && !error; i++)
		if (g->x->loops[i] || thread_carries(g, i, most_s))
			error = thread_gather(g, i, false);
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
	if (g->p->work.model == MODEL_EVENT_LOOP)
		return loops_gather(g);
	if (work_is_divisible(&g->p->work))
		return pieces_gather(g);
	error = threads_gather(g);
	workload_order(g->work);
	g->work->uneven_s = uneven_s(g);
	return error;
}

/* Of threads under a global lock whose work is replayed, over all that they computed: what a server
 * beside them does is no part of it. */
static double calls_per_s(const struct gathering *g)
{
	const struct meaning *x = g->x;
	double calls = 0, cpu_s = 0;

	for (size_t i = 0; i < x->m->threads_count; i++) {
		const struct measured_thread *t = &x->m->threads[i];

		if (!g->gathered[i] || !meaning_interpreter(x, t->process))
			continue;
		calls += (double)t->calls;
		cpu_s += (double)t->cpu_ns / 1e9;
	}
	return cpu_s > 0 ? calls / cpu_s : 0;
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
	ret->head_s = g.begin_s;
	ret->tail_s = fmax(0, p->wall_s - g.end_s);
	ret->ending_s = copying_ending_s(&g);
	ret->width = p->work.width;
	ret->calls_per_s = calls_per_s(&g);
	ret->startup_s = g.workers ? g.startup_s / (double)g.workers : 0;
	free(g.in_turn);
	free(g.remainders);
	free(g.gathered);
	return error;
}
