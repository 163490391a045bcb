/*
 * lull: interpolates, and bounds what a step can have lost.
 */
#include "lull.h"

#include "workload.h"

#include "probe/measurement.h"

#include <math.h>

/*
 * Of a step's computing, at most so much is fetching again: the rest is what it computes. Measured
 * (tests/bench/lulls): curl and wget compute nine tenths less for a request that they need not wait
 * for than for one after 30 ms.
 */
#define FETCHING_MOST 0.9

double lull_s(const struct lulls *l, double idle_s)
{
	double before_s = 0, before_extra_s = 0;

	for (size_t i = 0; i < l->count; i++) {
		double at_s = (double)l->measured[i].idle_ns / 1e9;
		double extra_s = fmax(before_extra_s, (double)l->measured[i].extra_ns / 1e9);

		if (idle_s < at_s)
			return before_extra_s +
			       (extra_s - before_extra_s) * (idle_s - before_s) / (at_s - before_s);
		before_s = at_s;
		before_extra_s = extra_s;
	}
	return before_extra_s;
}

double lull_lost_s(const struct lulls *l, const struct step *step)
{
	return fmin(l->share * lull_s(l, step->idle_s),
		FETCHING_MOST * (step->locked_s + step->free_s));
}

double lull_pace(const struct lulls *l, const struct step *step, double idle_s)
{
	double computed_s = step->locked_s + step->free_s, lost_s = lull_lost_s(l, step);
	double then_s = l->share * lull_s(l, idle_s);

	if (!(computed_s > 0))
		return 1;
	/* Who lost less than the machine's lull takes has less to lose in another one, too. */
	if (lost_s > 0)
		then_s = lost_s * lull_s(l, idle_s) / lull_s(l, step->idle_s);
	return fmin(1 + (then_s - lost_s) / computed_s, 1 / (1 - FETCHING_MOST));
}
