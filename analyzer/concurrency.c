/*
 * concurrency: peaks from when threads and processes began and ended, unless rows were several's;
 * means from their times.
 */
#include "concurrency.h"

#include "meaning.h"
#include "overlap.h"
#include "pressure.h"
#include "profile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct edge {
	int64_t at_ns;
	int step;
};

static int edge_compare(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->step - y->step;
}

/* What began and ended in the same instant was there once. */
static void edges_put(struct edge *two, int64_t start_ns, int64_t end_ns)
{
	two[0] = (struct edge){start_ns, 1};
	two[1] = (struct edge){end_ns > start_ns ? end_ns : start_ns + 1, -1};
}

/* Most at once; the edges are sorted on the way. */
static size_t edges_peak(struct edge *edges, size_t count)
{
	size_t now = 0, peak = 0;

	qsort(edges, count, sizeof(*edges), edge_compare);
	for (size_t i = 0; i < count; i++) {
		now += (size_t)edges[i].step;
		if (edges[i].step > 0 && now > peak)
			peak = now;
	}
	return peak;
}

static int threads_peak(struct profile_concurrency *c, const struct measurement *m)
{
	struct edge *edges = calloc(2 * m->threads_count + 1, sizeof(*edges));

	if (!edges)
		return -ENOMEM;
	for (size_t i = 0; i < m->threads_count; i++) {
		edges_put(&edges[2 * i], m->threads[i].start_ns, m->threads[i].end_ns);
	}
	c->threads_peak =
		m->threads_most ? m->threads_most : edges_peak(edges, 2 * m->threads_count);
	free(edges);
	return 0;
}

static int processes_peak(struct profile_concurrency *c, const struct measurement *m)
{
	struct edge *edges = calloc(2 * m->processes_count + 1, sizeof(*edges));

	if (!edges)
		return -ENOMEM;
	for (size_t i = 0; i < m->processes_count; i++) {
		edges_put(&edges[2 * i], m->processes[i].start_ns, m->processes[i].end_ns);
	}
	c->processes_peak =
		m->processes_most ? m->processes_most : edges_peak(edges, 2 * m->processes_count);
	free(edges);
	return 0;
}

bool concurrency_overlaps(enum state s)
{
	switch (s) {
	case STATE_DISK:
	case STATE_NETWORK:
	case STATE_IPC:
	case STATE_SLEEP:
	case STATE_SYNC: /* work only where nobody else is there to be waited for */
	case STATE_CHILD:
	case STATE_PAGE_FAULT:
	case STATE_POLL:
		return true;
	default:
		return false;
	}
}

static bool wait_is_awaiting(const struct meaning *x, size_t wait)
{
	return x->states[wait] != STATE_SLEEP && !meaning_stands_still(x, wait);
}

static int waiting_fill(struct profile *p, const struct meaning *x)
{
	size_t *sets = calloc(x->m->waits_count + 1, sizeof(*sets));
	double awaiting_s = 0;
	struct overlap work;
	int error;

	if (!sets)
		return -ENOMEM;
	for (size_t i = 0; i < x->m->waits_count; i++) {
		bool is_work = x->purposes[i] == PURPOSE_WORK && concurrency_overlaps(x->states[i]);

		sets[i] = is_work ? 0 : 1;
		if (is_work && wait_is_awaiting(x, i))
			awaiting_s += (double)x->m->waits[i].total_ns / 1e9;
	}
	error = overlap_fill(x, sets, 1, &work);
	free(sets);
	if (error)
		return error;
	p->concurrency.waiting_peak = work.peak > 0 || work.total_s <= 0 ? work.peak : NAN;
	p->concurrency.mean_waiting = p->wall_s > 0 ? work.total_s / p->wall_s : NAN;
	p->concurrency.mean_awaiting = p->wall_s > 0 ? awaiting_s / p->wall_s : NAN;
	return 0;
}

static int running_fill(struct profile *p, const struct meaning *x)
{
	const struct measurement *m = x->m;
	struct profile_concurrency *c = &p->concurrency;
	double cpu_s = p->time.s[STATE_CPU_USER] + p->time.s[STATE_CPU_KERNEL];

	c->running_s = calloc(m->running_count + 1, sizeof(*c->running_s));
	if (!c->running_s)
		return -ENOMEM;
	c->running_count = m->running_count;
	for (size_t i = 0; i < m->running_count; i++)
		c->running_s[i] = (double)m->running_ns[i] / 1e9;
	c->pressure_s = pressure_s(p, x);
	c->queued_s = pressure_own_s(p, x);
	c->mean_running = p->wall_s > 0 ? cpu_s / p->wall_s : NAN;
	c->cpu_utilization = p->wall_s > 0 ? fmin(1, cpu_s / p->wall_s / c->cpus) : NAN;
	return 0;
}

int concurrency_fill(struct profile *p, const struct meaning *x)
{
	int error;

	p->concurrency.cpus = x->cpus;
	error = threads_peak(&p->concurrency, x->m);
	if (!error)
		error = processes_peak(&p->concurrency, x->m);
	if (!error)
		error = running_fill(p, x);
	return error ? error : waiting_fill(p, x);
}
