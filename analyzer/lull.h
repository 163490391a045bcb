/*
 * lull: what a CPU's idling adds to the computing that follows it.
 *
 * While a CPU idles, its caches are taken by others or switched off with it; what was in them has
 * to be fetched again. Li, Ding and Shen (Quantifying the cost of context switch, ExpCS 2007) found
 * up to a millisecond and more for it. So a program that waits for one thing after the other
 * computes longer than the same program does where its waits overlap and its CPU never rests.
 */
#ifndef CONCADVISE_ANALYZER_LULL_H
#define CONCADVISE_ANALYZER_LULL_H

#include <stddef.h>

struct measured_lull;
struct step;

/* What the machine's lulls cost, and how much of that a program is taken to pay. */
struct lulls {
	const struct measured_lull *measured; /* by length, in rising order */
	size_t count;                         /* 0: lulls cost nothing, as far as is known */
	double share; /* 1: as much as reading the memory does that they were measured with */
};

/* Seconds more after a CPU has idled for so long: between what was measured in proportion, never
 * less than after a shorter one, and beyond the longest as after the longest. */
double lull_s(const struct lulls *l, double idle_s);

/* Of a step's computing as recorded, what the lull before it cost: at most nine tenths. */
double lull_lost_s(const struct lulls *l, const struct step *step);

/*
 * How many times as long as recorded a step computes on a CPU that has idled for idle_s rather than
 * the step's own: at least a tenth, at most ten times.
 */
double lull_pace(const struct lulls *l, const struct step *step, double idle_s);

#endif
