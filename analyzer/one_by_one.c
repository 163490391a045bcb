/*
 * one_by_one: by the connections that a process was seen to watch, and by what it asked for.
 */
#include "one_by_one.h"

#include "exchange.h"
#include "margin.h"
#include "meaning.h"
#include "round.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* So many looks, all by chance at an instant with no further connection, are unlikely: with three
 * on average, by Poisson's law, each has a chance of 0.4. */
#define LOOKS_ENOUGH 3

/* How many of a process's threads are loops; how many exchanges the busiest of them awaited at
 * once, on average over the time in which there were any (NAN: not known); and the largest share
 * that they awaited on connections which may have carried several. */
struct requests {
	int loops;
	double polled_s, asked_s; /* of its loops: waited for events; in which one was awaited */
	double at_once;
	double mixed_share;
};

static void requests_sum(struct requests *all, const struct meaning *x)
{
	for (size_t i = 0; i < x->m->processes_count; i++)
		all[i].at_once = NAN;
	for (size_t i = 0; i < x->m->threads_count; i++) {
		struct requests *a = &all[x->m->threads[i].process];

		a->loops += x->loops[i];
		a->asked_s += x->loops[i] ? x->awaited[i].some_s : 0;
		a->mixed_share = fmax(a->mixed_share, x->awaited[i].mixed_share);
		if (x->awaited[i].some_s > 0)
			a->at_once = fmax(a->at_once, x->awaited[i].all_s / x->awaited[i].some_s);
	}
	for (size_t i = 0; i < x->m->waits_count; i++) {
		size_t thread = x->m->waits[i].thread;

		if (x->loops[thread] && x->states[i] == STATE_POLL)
			all[x->m->threads[thread].process].polled_s +=
				(double)x->m->waits[i].total_ns / 1e9;
	}
}

/* What it waited for is known without a look: as of loops that have no epoll. */
static bool are_all_asked(const struct requests *a)
{
	return a->asked_s > 0 && a->asked_s >= (1 - MARGIN) * a->polled_s;
}

/*
 * Loops that were never seen with more connections have hardly more than one request each under way
 * at a time; but if requests were seen to overlap, or to share a connection. Of several loops
 * nothing but requests tells that not one of them had all connections.
 */
static bool seem_one_by_one(const struct measured_process *p, const struct requests *a)
{
	return (p->looks >= LOOKS_ENOUGH || are_all_asked(a)) &&
	       p->watched_connections <= CONNECTIONS_FEW * (a->loops ? a->loops : 1) &&
	       !(a->at_once > 1 + MARGIN) && a->mixed_share <= MARGIN &&
	       (a->loops < 2 || !isnan(a->at_once));
}

int one_by_one_find(struct meaning *x)
{
	struct requests *all = calloc(x->m->processes_count + 1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	requests_sum(all, x);
	for (size_t i = 0; i < x->m->processes_count; i++)
		x->one_by_one[i] = !x->serving[i] && seem_one_by_one(&x->m->processes[i], &all[i]);
	free(all);
	return 0;
}
