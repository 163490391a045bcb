/*
 * terms: the numbers that predictions are made of, and what threads and processes cost.
 */
#ifndef CONCADVISE_TERMS_H
#define CONCADVISE_TERMS_H

#include "profile.h"

/* What workers take to start: all of them together, and each one. */
struct start {
	double once_s, each_s;
};

/* See struct profile_work. */
struct terms {
	double cpu_s;    /* C, at the speed of one thread: a quota below one core slows it */
	double locked_s; /* C_gil, in one process */
	double wait_s, disk_s, joint_s, lock_s, longest_s;
	double operations; /* 0: not known */
	bool pieces_known;
	double cpus;
	struct start thread_start, process_start;
	double wall_s;
	int threads_max, processes_max;
	enum limit cpu_limit; /* what makes P as small as it is */
};

struct terms terms_of_profile(const struct profile *p);

/* Further memory of that many workers; NAN: not known. */
double terms_memory_bytes(const struct profile *p, enum model m, int workers);

#endif
