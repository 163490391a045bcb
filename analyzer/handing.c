/*
 * handing: threads that hand work out and take results compute too, while the operations go on.
 */
#include "gathering.h"

#include "meaning.h"
#include "workload.h"

#include <math.h>

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
	return sum + fmax(0, fmin(left_s, fmin((double)t->end_ns / 1e9, end_s) -
						  fmax(since_s, begin_s)));
}

/* What threads computed that hand the work out. */
void handing_spread(struct gathering *g)
{
	struct workload *w = g->work;
	double locked_s = 0, free_s = 0;

	for (size_t i = 0; i < g->x->m->threads_count; i++) {
		double cpu_s = g->gathered[i] ? 0
					      : computed_between_s(g->x, i, g->begin_s, g->end_s);
		double share = g->locked_share[g->x->m->threads[i].process];

		locked_s += cpu_s * share;
		free_s += cpu_s * (1 - share);
	}
	for (size_t i = 0; i < w->operations_count; i++) {
		const struct operation *o = &w->operations[i];

		if (o->count == 0)
			continue;
		w->steps[o->first].locked_s += locked_s / (double)w->operations_count;
		w->steps[o->first].free_s += free_s / (double)w->operations_count;
	}
}
