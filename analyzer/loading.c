/*
 * loading: what a program computes to load its code, by the samples in an interpreter's import
 * machinery. Nothing else begins before that has ended, under any model.
 */
#include "gathering.h"

#include "code.h"
#include "meaning.h"

#include <string.h>

/* Python's own code to compile a file is called by programs, too: an import goes through this. */
static bool frame_imports(const struct measurement *m, const struct measured_frame *f)
{
	if (code_of_frame(m, f) != CODE_IMPORT)
		return false;
	return !f->file || !strstr(f->file, "<frozen importlib") ||
	       (f->function && strcmp(f->function, "_find_and_load") == 0);
}

static bool stack_imports(const struct measurement *m, size_t stack)
{
	for (size_t i = 0; i < m->stacks[stack].frames_count; i++)
		if (frame_imports(m, &m->frames[m->stacks[stack].frames[i]]))
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
