/*
 * notable: a thread that carries a tenth of what the busiest one does, or is brief and many.
 */
#include "notable.h"

#include "margin.h"
#include "meaning.h"

#include <math.h>
#include <stdlib.h>

/* Of the threads that had a row, what each carries on average. */
static double each_carried_s(const struct meaning *x, const double *carried_s, size_t thread)
{
	return carried_s[thread] / meaning_threads(x, thread);
}

double notable_least_s(const struct meaning *x, const double *carried_s)
{
	double most_s = 0;

	for (size_t i = 0; i < x->m->threads_count; i++)
		most_s = fmax(most_s, each_carried_s(x, carried_s, i));
	return MARGIN * most_s;
}

static bool thread_is_notable(
	const struct meaning *x, const double *carried_s, double notable_s, size_t thread)
{
	return carried_s[thread] > 0 && each_carried_s(x, carried_s, thread) >= notable_s;
}

/* Started for a little work, and at it for most of its life: for one request, say. */
static bool thread_is_brief(
	const struct meaning *x, const double *carried_s, double notable_s, size_t thread)
{
	return carried_s[thread] > 0 && !thread_is_notable(x, carried_s, notable_s, thread) &&
	       !meaning_is_main(x, thread) &&
	       carried_s[thread] >= meaning_thread_life_s(x, thread) / 2;
}

bool *notable_find(const struct meaning *x, const double *carried_s, double notable_s)
{
	bool *notable = calloc(x->m->threads_count + 1, sizeof(*notable));
	double brief_s = 0;

	for (size_t i = 0; notable && i < x->m->threads_count; i++)
		if (thread_is_brief(x, carried_s, notable_s, i))
			brief_s += carried_s[i];
	for (size_t i = 0; notable && i < x->m->threads_count; i++)
		notable[i] = thread_is_notable(x, carried_s, notable_s, i) ||
			     (brief_s >= notable_s && thread_is_brief(x, carried_s, notable_s, i));
	return notable;
}
