/*
 * goroutine: by samples whose chain of calls ends where goroutines do.
 */
#include "goroutine.h"

#include "margin.h"

#include "probe/measurement.h"

#include <string.h>

/* Fewer tell nothing: the standard error of a half is a sixth. */
#define SAMPLES_LEAST 10

/* The function that a goroutine was started with; NULL: not known. */
static const char *goroutine_function(const struct measurement *m, size_t stack)
{
	const struct measured_stack *s = stack < m->stacks_count ? &m->stacks[stack] : NULL;
	const char *end;

	if (!s || s->frames_count < 2)
		return NULL;
	end = m->frames[s->frames[s->frames_count - 1]].function;
	return end && strcmp(end, "runtime.goexit") == 0
		       ? m->frames[s->frames[s->frames_count - 2]].function
		       : NULL;
}

bool goroutine_main_alone(const struct measurement *m)
{
	double main = 0, others = 0;

	for (size_t i = 0; i < m->samples_count; i++) {
		const char *function = goroutine_function(m, m->samples[i].stack);

		if (!function)
			continue;
		if (strcmp(function, "runtime.main") == 0)
			main += (double)m->samples[i].count;
		else if (strncmp(function, "runtime.", strlen("runtime.")) != 0)
			others += (double)m->samples[i].count;
	}
	return main + others >= SAMPLES_LEAST && others <= MARGIN * (main + others);
}
