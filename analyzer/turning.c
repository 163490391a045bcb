/*
 * turning: what a loop computes in its turns, by the samples in which it is on the stack. The rest
 * is what the program does before its loop turns and after.
 */
#include "gathering.h"

#include "code.h"
#include "meaning.h"

#include <math.h>

/* Fewer tell nothing: the standard error of a half is a sixth. */
#define SAMPLES_LEAST 10

static bool stack_turns(const struct measurement *m, const struct measured_stack *s)
{
	for (size_t i = 0; i < s->frames_count; i++)
		if (code_is_loop(&m->frames[s->frames[i]]))
			return true;
	return false;
}

double turning_s(const struct gathering *g, size_t thread)
{
	const struct measurement *m = g->x->m;
	double placed = 0, turning = 0;

	for (size_t i = 0; i < m->samples_count; i++) {
		const struct measured_sample *s = &m->samples[i];
		bool turns;

		if (s->thread != thread || s->stack == MEASURED_NONE)
			continue;
		turns = stack_turns(m, &m->stacks[s->stack]);
		turning += turns ? (double)s->count : 0;
		/* Of a stack that is cut short, the loop may be what is missing. */
		placed += turns || !m->stacks[s->stack].truncated ? (double)s->count : 0;
	}
	if (placed < SAMPLES_LEAST)
		return NAN;
	return (double)m->threads[thread].cpu_ns / 1e9 * turning / placed;
}
