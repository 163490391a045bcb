/*
 * carrier: how many threads and processes share the work at once.
 *
 * At each instant those alive are weighted with how busy they were in their lives. The effective
 * number of n weights is (sum)^2 / (sum of squares): n for equal ones, 1 if one has it all
 * (Simpson's index, turned over). Its mean, weighted with the busy time, is the answer: threads
 * that come one after the other count as one.
 */
#include "carrier.h"

#include "margin.h"
#include "meaning.h"
#include "profile.h"
#include "thread.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct edge {
	int64_t at_ns;
	size_t thread;
	int step;
};

struct sweep {
	double *processes; /* density of each one's living threads */
	size_t *notable;   /* each one's living threads that carry a notable part */
	double sum, threads_squares, processes_squares;
	size_t threads_now, processes_now;
	double busy_s, threads_s, processes_s; /* integrals over time */
};

static int edge_compare(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->step - y->step;
}

static void sweep_change(struct sweep *s, size_t process, double density, int step)
{
	double before = s->processes[process], after = fmax(0, before + step * density);

	s->processes[process] = after;
	s->processes_squares = fmax(0, s->processes_squares + after * after - before * before);
	s->threads_squares = fmax(0, s->threads_squares + step * density * density);
	s->sum = fmax(0, s->sum + step * density);
}

static void sweep_count(struct sweep *s, size_t process, int step)
{
	size_t before = s->notable[process];

	s->notable[process] += (size_t)step;
	s->threads_now += (size_t)step;
	if (before == 0)
		s->processes_now++;
	else if (s->notable[process] == 0)
		s->processes_now--;
}

static void sweep_advance(struct sweep *s, double seconds)
{
	double busy_s = s->sum * seconds;

	if (busy_s <= 0 || s->threads_squares <= 0 || s->processes_squares <= 0)
		return;
	s->busy_s += busy_s;
	s->threads_s += busy_s * s->sum * s->sum / s->threads_squares;
	s->processes_s += busy_s * s->sum * s->sum / s->processes_squares;
}

static size_t edges_gather(struct edge *edges, const struct meaning *x)
{
	size_t count = 0;

	for (size_t i = 0; i < x->m->threads_count; i++) {
		const struct measured_thread *t = &x->m->threads[i];
		int64_t wall = (int64_t)x->m->wall_ns;
		int64_t end = t->end_ns < wall ? t->end_ns : wall;

		if (end <= t->start_ns)
			continue;
		edges[count++] = (struct edge){t->start_ns, i, 1};
		edges[count++] = (struct edge){end, i, -1};
	}
	qsort(edges, count, sizeof(*edges), edge_compare);
	return count;
}

/* A crowded machine makes queue for a CPU whoever computes for a moment: that carries nothing. */
static double carried_s(const struct profile *p, size_t thread)
{
	return fmax(0, thread_busy_s(p, thread) - p->threads[thread].time.s[STATE_RUN_QUEUE]);
}

static double busiest_s(const struct profile *p)
{
	double most = 0;

	for (size_t i = 0; i < p->threads_count; i++)
		most = fmax(most, carried_s(p, i));
	return most;
}

/* What it does besides is getting the others to work. */
static bool thread_coordinates(const struct profile *p, size_t thread)
{
	return p->threads[thread].role == ROLE_COORDINATOR;
}

static void carriers_sweep(const struct profile *p, const struct meaning *x, struct sweep *s,
	const struct edge *edges, size_t count, struct carriers *ret)
{
	double notable_s = MARGIN * busiest_s(p);

	for (size_t i = 0; i < count; i++) {
		const struct edge *e = &edges[i];
		size_t process = x->m->threads[e->thread].process;
		double busy_s = carried_s(p, e->thread);

		if (i > 0)
			sweep_advance(s, (double)(e->at_ns - edges[i - 1].at_ns) / 1e9);
		sweep_change(s, process, busy_s / meaning_thread_life_s(x, e->thread), e->step);
		if (busy_s > 0 && busy_s >= notable_s && !thread_coordinates(p, e->thread))
			sweep_count(s, process, e->step);
		if (busy_s > 0 && busy_s >= notable_s && e->step > 0)
			ret->started += x->m->threads[e->thread].started;
		if (s->threads_now > ret->threads_peak)
			ret->threads_peak = s->threads_now;
		if (s->processes_now > ret->processes_peak)
			ret->processes_peak = s->processes_now;
	}
	ret->threads = s->busy_s > 0 ? s->threads_s / s->busy_s : 1;
	ret->processes = s->busy_s > 0 ? s->processes_s / s->busy_s : 1;
}

static int children_find(const struct profile *p, const struct meaning *x, struct carriers *ret)
{
	double *busy_s = calloc(x->m->processes_count + 1, sizeof(*busy_s)), most = 0;

	if (!busy_s)
		return -ENOMEM;
	for (size_t i = 0; i < p->threads_count; i++)
		busy_s[x->m->threads[i].process] += thread_busy_s(p, i);
	for (size_t i = 0; i < x->m->processes_count; i++)
		most = fmax(most, busy_s[i]);
	for (size_t i = 0; i < x->m->processes_count; i++) {
		if (x->family.parent[i] == MEASURED_NONE || !x->m->processes[i].started ||
			busy_s[i] < MARGIN * most || most <= 0)
			continue;
		ret->children++;
		ret->child_longest_s = fmax(ret->child_longest_s, busy_s[i]);
	}
	free(busy_s);
	return 0;
}

int carrier_find(const struct profile *p, const struct meaning *x, struct carriers *ret)
{
	struct edge *edges = calloc(2 * x->m->threads_count + 1, sizeof(*edges));
	struct sweep s = {
		.processes = calloc(x->m->processes_count + 1, sizeof(double)),
		.notable = calloc(x->m->processes_count + 1, sizeof(size_t)),
	};
	int error = edges && s.processes && s.notable ? 0 : -ENOMEM;

	*ret = (struct carriers){0};
	if (!error) {
		carriers_sweep(p, x, &s, edges, edges_gather(edges, x), ret);
		error = children_find(p, x, ret);
	}
	free(edges);
	free(s.processes);
	free(s.notable);
	return error;
}
