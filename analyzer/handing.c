/*
 * handing: threads that hand work out and take results compute too, while the operations go on.
 */
#include "gathering.h"

#include "meaning.h"
#include "workload.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* What a thread computed between two instants. */
static double computed_between_s(
	const struct meaning *x, size_t thread, double begin_s, double end_s)
{
	const struct measured_thread *t = &x->m->threads[thread];
	double since_s = (double)t->start_ns / 1e9, sum = 0, left_s = (double)t->cpu_ns / 1e9;

	for (size_t i = x->first_segment[thread]; i < x->first_segment[thread + 1]; i++) {
		const struct measured_segment *s = &x->m->segments[x->segments[i]];
		double start_s = (double)s->start_ns / 1e9;
		double cpu_s = (double)s->cpu_before_ns / 1e9;

		sum += fmax(0, fmin(cpu_s, fmin(start_s, end_s) - fmax(since_s, begin_s)));
		left_s -= cpu_s;
		since_s = start_s + (double)(s->wait_ns + s->run_queue_ns) / 1e9;
	}
	return sum +
	       fmax(0, fmin(left_s, fmin((double)t->end_ns / 1e9, end_s) - fmax(since_s, begin_s)));
}

/* Processes whose threads do operations; others compute beside their interpreter's lock. */
static bool *processes_find(const struct gathering *g)
{
	bool *ours = calloc(g->x->m->processes_count + 1, sizeof(*ours));

	for (size_t i = 0; ours && i < g->x->m->threads_count; i++)
		ours[g->x->m->threads[i].process] |= g->gathered[i];
	return ours;
}

static struct step handing_sum(const struct gathering *g, const bool *ours)
{
	struct step sum = {0};

	for (size_t i = 0; i < g->x->m->threads_count; i++) {
		size_t process = g->x->m->threads[i].process;
		double cpu_s =
			g->gathered[i] ? 0 : computed_between_s(g->x, i, g->begin_s, g->end_s);
		double share = ours[process] ? g->locked_share[process] : 0;

		sum.locked_s += cpu_s * share;
		sum.free_s += cpu_s * (1 - share);
	}
	return sum;
}

int handing_spread(struct gathering *g)
{
	struct workload *w = g->work;
	bool *ours = processes_find(g);
	struct step sum;
	size_t count = 0;

	if (!ours)
		return -ENOMEM;
	sum = handing_sum(g, ours);
	free(ours);
	for (size_t i = 0; i < w->operations_count; i++)
		count += w->operations[i].count > 0;
	for (size_t i = 0; i < w->operations_count; i++) {
		if (w->operations[i].count == 0)
			continue;
		w->steps[w->operations[i].first].locked_s += sum.locked_s / (double)count;
		w->steps[w->operations[i].first].free_s += sum.free_s / (double)count;
	}
	return 0;
}
