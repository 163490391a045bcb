/*
 * present: the program as it is built now, replayed: what other models are compared with and start
 * from.
 */
#ifndef CONCADVISE_PRESENT_H
#define CONCADVISE_PRESENT_H

#include "forecast.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct profile;
struct workload;

struct present {
	struct profile *p;
	struct workload lulled; /* the workload, with the idling before each step */
	const struct workload *work;
	uint32_t *some;      /* every n-th operation; NULL: all */
	struct scenario now; /* the program as it is built */
	double now_s;        /* the time that speedups are counted from */
	double lulls_s;      /* of its computing, what its CPUs' idling cost; NAN: not known */
	bool width_unknown;  /* how many operations its loops had under way does not show */
	double queued_s;     /* of now.rest_s, what comes of its own threads' queueing: see
				pressure_own_s(); other models do not have it */
};

/* From p->work, p->concurrency and p->premise; present_clear() frees it, also after an error.
 * Returns 0 or -ENOMEM. */
int present_find(struct present *ret, struct profile *p, const struct workload *work);
void present_clear(struct present *f);

/* The same work under a model, with so many workers. */
struct scenario present_change(const struct present *f, enum model m, size_t workers);

/* Processes of a service that is a loop are as many loops. */
bool present_loops_multiply(const struct profile *p, enum model m);

/* Threads or processes that could all have something to do. */
size_t present_workers_most(const struct present *f, enum model m);

#endif
