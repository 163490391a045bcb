/*
 * estimate: the least and the likely most time that one model and size takes for given terms.
 *
 * The arithmetic behind predict.h, on numbers alone.
 */
#ifndef CONCADVISE_ESTIMATE_H
#define CONCADVISE_ESTIMATE_H

#include "profile.h"

struct terms {
	double cpu_s;    /* C, at the speed of one thread: a quota below one core slows it */
	double locked_s; /* C_gil, in one process */
	double wait_s, disk_s, joint_s, lock_s, longest_s;
	double operations; /* 0: not known */
	bool pieces_known;
	double cpus;
	double process_start_s, thread_start_s;
	double wall_s;
	int threads_max, processes_max;
	enum limit cpu_limit; /* what makes P as small as it is */
};

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

struct terms estimate_terms(const struct profile *p);

/* The largest size worth looking at, at least 1. */
int estimate_workers_max(const struct terms *t, enum model m);

/* Sizes 1 to count; ret_sizes[i] is that of i + 1 workers. Returns 0 or -ENOMEM. */
int estimate_sizes(const struct terms *t, enum model m, int count, struct estimate *ret_sizes);

/* The program as it is: nothing on its event loop overlaps that did not. */
struct estimate estimate_now(const struct terms *t, enum model m, int workers);

/* A service's load; workers 0: as many as it takes. */
struct load estimate_load(const struct terms *t, enum model m, int workers);

/* Further memory of that many workers; NAN: not known. */
double estimate_memory_bytes(const struct profile *p, enum model m, int workers);

#endif
