/*
 * stint: what one thread did, cut into operations: those between the first and the last that all of
 * them do or, where it is alone, its own first and last.
 */
#include "gathering.h"

#include "cut.h"
#include "lane.h"
#include "margin.h"
#include "meaning.h"
#include "profile.h"
#include "workload.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

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

int stint_gather(struct gathering *g, size_t thread, bool alone)
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
