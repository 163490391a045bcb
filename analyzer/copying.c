/*
 * copying: what processes pay, in page faults, for sharing memory with those that they forked or
 * were forked by.
 *
 * A fork shares all memory; whoever writes to a page then, copies it, and whoever only reads it has
 * to have it mapped. The kernel counts these faults for each thread, and a fault takes what it
 * takes on this machine (measured_host.copy_ns_per_mib).
 */
#include "gathering.h"

#include "lane.h"
#include "meaning.h"
#include "overhead.h"
#include "profile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

bool copying_is_known(const struct gathering *g)
{
	const struct measurement *m = g->x->m;

	for (size_t i = 0; i < m->threads_count; i++)
		if (m->threads[i].faults > 0)
			return true;
	return false;
}

static int more_faults(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

	return (one > other) - (one < other);
}

/* Sets ret to what an operation's wait usually has before it: the middle one of all that were
 * recorded. It is the work's own: by then what is shared is copied. */
static int usual_find(
	const struct gathering *g, const struct item *items, size_t count, uint64_t *ret)
{
	uint64_t *faults = calloc(count + 1, sizeof(*faults));
	size_t n = 0;

	if (!faults)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (items[i].recorded && gathering_item_works(g, &items[i]))
			faults[n++] = items[i].faults;
	qsort(faults, n, sizeof(*faults), more_faults);
	*ret = n ? faults[n / 2] : 0;
	free(faults);
	return 0;
}

int copying_take(struct gathering *g, struct item *items, size_t count, double *ret_s)
{
	double fault_s = overhead_fault_s(g->p);
	uint64_t usual;
	int error = usual_find(g, items, count, &usual);

	*ret_s = 0;
	for (size_t i = 0; i < count && !error; i++) {
		uint64_t own = gathering_item_works(g, &items[i]) ? usual : 0;
		uint64_t beyond = items[i].faults > own ? items[i].faults - own : 0;
		double taken_s = fmin(items[i].cpu_s, (double)beyond * fault_s);

		items[i].cpu_s -= taken_s;
		items[i].faults -= beyond;
		*ret_s += taken_s;
	}
	return error;
}

/* Its process shares memory with others that it has forked. */
static bool has_forked(const struct gathering *g, size_t thread)
{
	const struct profile_work *w = &g->p->work;

	return (w->model == MODEL_PROCESSES || w->model == MODEL_HYBRID) && gathering_is_whole(g) &&
	       copying_is_known(g) && g->x->family.children[g->x->m->threads[thread].process] > 0;
}

/* Of a stretch of computing with so many faults, what lies between two instants. */
static double part_s(double cpu_s, double faults_s, double within_s)
{
	return cpu_s > 0 ? fmax(0, fmin(within_s, cpu_s)) * fmin(1, faults_s / cpu_s) : 0;
}

/* The time of the page faults of a thread between two instants, each taking fault_s. */
static double faults_s(
	const struct gathering *g, size_t thread, double fault_s, double begin_s, double end_s)
{
	const struct meaning *x = g->x;
	const struct measured_thread *t = &x->m->threads[thread];
	double since_s = (double)t->start_ns / 1e9, sum = 0;
	double cpu_left_s = (double)t->cpu_ns / 1e9, faults_left = (double)t->faults;

	for (size_t i = x->first_segment[thread]; i < x->first_segment[thread + 1]; i++) {
		const struct measured_segment *s = &x->m->segments[x->segments[i]];
		double start_s = (double)s->start_ns / 1e9, cpu_s = (double)s->cpu_before_ns / 1e9;

		sum += part_s(cpu_s, s->faults_before * fault_s,
			fmin(start_s, end_s) - fmax(since_s, begin_s));
		cpu_left_s -= cpu_s;
		faults_left -= s->faults_before;
		since_s = start_s + (double)(s->wait_ns + s->run_queue_ns) / 1e9;
	}
	return sum + part_s(cpu_left_s, faults_left * fault_s,
			     fmin((double)t->end_ns / 1e9, end_s) - fmax(since_s, begin_s));
}

double copying_s(const struct gathering *g, size_t thread, double begin_s, double end_s)
{
	return has_forked(g, thread) ? faults_s(g, thread, overhead_fault_s(g->p), begin_s, end_s)
				     : 0;
}

double copying_ending_s(const struct gathering *g)
{
	double sum = 0;

	if (!copying_is_known(g))
		return NAN;
	for (size_t i = 0; i < g->x->m->threads_count; i++)
		if (has_forked(g, i) && meaning_is_main(g->x, i) &&
			g->x->family.parent[g->x->m->threads[i].process] == MEASURED_NONE)
			sum += faults_s(g, i, overhead_refault_s(g->p), g->end_s, g->p->wall_s);
	return sum;
}
