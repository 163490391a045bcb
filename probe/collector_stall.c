/*
 * collector_stall: a row for each stretch of a loop that was long enough to hold others up.
 *
 * The longest ones are kept: when there are twice as many, the shorter half goes, and with it the
 * length that a new one must have rises.
 */
#include "collector_state.h"

#include "measurement.h"

#include <stdlib.h>

#define STALLS_MAX 1000

static int stall_by_length(const void *a, const void *b)
{
	const struct measured_stall *x = a, *y = b;

	return (x->length_ns < y->length_ns) - (x->length_ns > y->length_ns);
}

/* The longest ones first, and no more of them than are kept. */
static void stalls_thin(struct collector *c)
{
	struct measurement *m = c->m;

	if (m->stalls_count <= STALLS_MAX)
		return;
	qsort(m->stalls, m->stalls_count, sizeof(*m->stalls), stall_by_length);
	m->stalls_count = STALLS_MAX;
	c->stall_floor_ns = m->stalls[STALLS_MAX - 1].length_ns;
}

static void stall_add(struct collector *c, size_t thread, const struct measured_stall *stall)
{
	struct measured_stall *s;

	if (stall->length_ns < c->stall_floor_ns)
		return;
	if (c->m->stalls_count == 2UL * STALLS_MAX)
		stalls_thin(c);
	s = measurement_add_stall(c->m);
	if (!s) {
		c->out_of_memory++;
		return;
	}
	*s = *stall;
	s->thread = thread;
}

void collector_note_stretch(struct collector *c, size_t thread, uint64_t at_ns,
	const struct wire_stretch *stretch, bool slept)
{
	struct stall_watch *w = &c->thread_extras[thread].stall;
	struct measured_stall stall;

	if (!stall_watch_close(w, c->stacks, at_ns, stretch, &stall))
		return;
	if (slept || stall_watch_hold(w, &stall, &stall))
		stall_add(c, thread, &stall);
}

void collector_release_stalls(struct collector *c, size_t thread)
{
	struct measured_stall stall;

	while (stall_watch_release(&c->thread_extras[thread].stall, &stall))
		stall_add(c, thread, &stall);
}

static int stall_by_start(const void *a, const void *b)
{
	const struct measured_stall *x = a, *y = b;

	return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

void collector_settle_stalls(struct collector *c)
{
	for (size_t i = 0; i < c->threads_count; i++)
		collector_release_stalls(c, i);
	stalls_thin(c);
	if (c->m->stalls_count)
		qsort(c->m->stalls, c->m->stalls_count, sizeof(*c->m->stalls), stall_by_start);
}
