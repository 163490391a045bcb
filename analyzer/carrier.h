/*
 * carrier: who carries the work: how many threads and processes are busy side by side.
 */
#ifndef CONCADVISE_CARRIER_H
#define CONCADVISE_CARRIER_H

#include <stddef.h>

struct meaning;
struct profile;

struct carriers {
	double threads, processes; /* how many share the work at once, in effect: 1 for one after
				      the other */
	size_t threads_peak, processes_peak; /* most at once that carry a notable part */
	size_t started;         /* threads started in the window that carry a notable part */
	size_t children;        /* processes started in the window that carry a notable part */
	double child_longest_s; /* the busiest of them */
};

/* Returns 0 or -ENOMEM. */
int carrier_find(const struct profile *p, const struct meaning *x, struct carriers *ret);

#endif
