/*
 * loading: what a program computes to load its code, by the samples in an interpreter's import
 * machinery. Nothing else begins before that has ended, under any model.
 */
#include "gathering.h"

#include "code.h"
#include "meaning.h"

static bool stack_imports(const struct measurement *m, size_t stack)
{
	for (size_t i = 0; i < m->stacks[stack].frames_count; i++)
		if (code_of_frame(m, &m->frames[m->stacks[stack].frames[i]]) == CODE_IMPORT)
			return true;
	return false;
}

double loading_share(const struct gathering *g)
{
	const struct measurement *m = g->x->m;
	double placed = 0, importing = 0;

	for (size_t i = 0; i < m->samples_count; i++) {
		const struct measured_sample *s = &m->samples[i];

		if (s->stack == MEASURED_NONE)
			continue;
		placed += (double)s->count;
		importing += stack_imports(m, s->stack) ? (double)s->count : 0;
	}
	return placed > 0 ? importing / placed : 0;
}
