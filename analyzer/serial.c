/*
 * serial: the start and the end of a program, that are part of no operation and stay serial under
 * every model. An interpreter's start is the usual case.
 */
#include "serial.h"

#include "concurrency.h"
#include "meaning.h"
#include "profile.h"

#include <math.h>

/* A wait this much shorter than the usual operation belongs to the program's start or end. */
#define OPERATION_LEAST 0.1

static bool segment_is_operation(
	const struct meaning *x, const struct measured_segment *s, double usual_s)
{
	return x->purposes[s->wait] == PURPOSE_WORK && concurrency_overlaps(x->states[s->wait]) &&
	       (double)s->wait_ns / 1e9 >= OPERATION_LEAST * usual_s;
}

/* The first operation of all: its index, or the count of segments. */
static size_t first_operation(const struct meaning *x, double usual_s)
{
	const struct measured_segment *all = x->m->segments;
	size_t first = x->m->segments_count;

	for (size_t i = 0; i < x->m->segments_count; i++)
		if (segment_is_operation(x, &all[i], usual_s) &&
			(first == x->m->segments_count || all[i].start_ns < all[first].start_ns))
			first = i;
	return first;
}

/* What a thread computed before an instant, as far as it waited by then. */
static double computed_before_s(const struct meaning *x, size_t thread, int64_t instant_ns)
{
	double sum = 0;

	for (size_t i = x->first_segment[thread]; i < x->first_segment[thread + 1]; i++) {
		const struct measured_segment *s = &x->m->segments[x->segments[i]];

		if (s->start_ns > instant_ns)
			break;
		sum += (double)s->cpu_before_ns / 1e9;
	}
	return sum;
}

/* What a thread computed after its last operation. */
static double computed_after_s(const struct meaning *x, size_t thread, double usual_s)
{
	double until_s = 0, since_s = 0;

	for (size_t i = x->first_segment[thread]; i < x->first_segment[thread + 1]; i++) {
		const struct measured_segment *s = &x->m->segments[x->segments[i]];

		since_s += (double)s->cpu_before_ns / 1e9;
		if (segment_is_operation(x, s, usual_s)) {
			until_s += since_s;
			since_s = 0;
		}
	}
	return fmax(0, (double)x->m->threads[thread].cpu_ns / 1e9 - until_s);
}

void serial_find(struct profile_work *w, const struct meaning *x, double *serial_s)
{
	double usual_s = w->operations ? w->wait_s / (double)w->operations : 0;
	size_t first, thread;

	if (w->model != MODEL_SEQUENTIAL || w->wait_s < w->cpu_s || usual_s <= 0)
		return;
	first = first_operation(x, usual_s);
	if (first == x->m->segments_count)
		return;
	for (size_t i = 0; i < x->m->threads_count; i++)
		serial_s[x->m->threads[i].process] +=
			computed_before_s(x, i, x->m->segments[first].start_ns);
	thread = x->m->waits[x->m->segments[first].wait].thread;
	serial_s[x->m->threads[thread].process] += computed_after_s(x, thread, usual_s);
	for (size_t i = 0; i < x->m->processes_count; i++)
		w->cpu_serial_s += serial_s[i];
	w->cpu_serial_s = fmin(w->cpu_serial_s, w->cpu_s);
}
