/*
 * estimate: the least and the likely most time that one model and size takes for given terms.
 *
 * The arithmetic behind predict.h, on numbers alone.
 */
#ifndef CONCADVISE_ESTIMATE_H
#define CONCADVISE_ESTIMATE_H

#include "terms.h"

struct estimate {
	int workers;
	double fast_s, slow_s;
	enum limit limit;
};

/* How much of its scarcest resource a service's load takes, and which that is. */
struct load {
	int workers;
	double share;
	enum limit limit;
};

/* The largest size worth looking at, at least 1. */
int estimate_workers_max(const struct terms *t, enum model m);

/* Sizes 1 to count; ret_sizes[i] is that of i + 1 workers. Returns 0 or -ENOMEM. */
int estimate_sizes(const struct terms *t, enum model m, int count, struct estimate *ret_sizes);

/* The program as it is: nothing on its event loop overlaps that did not. */
struct estimate estimate_now(const struct terms *t, enum model m, int workers);

/* A service's load; workers 0: as many as it takes. */
struct load estimate_load(const struct terms *t, enum model m, int workers);

#endif
