/*
 * lane: what one thread did, as a sequence of computing and waits, with what contention added taken
 * out.
 *
 * Long waits are there one by one, as recorded. Short ones, known as sums alone, are spread between
 * them as so many equal ones, as many in each gap as were counted there; so the lane's computing
 * and its waits add up to the measured ones.
 */
#ifndef CONCADVISE_LANE_H
#define CONCADVISE_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct meaning;

/* The short waits of one row: what its long ones leave of its sums. */
struct remainder {
	double count, continued, total_s;
};

/* Computing, then a wait. */
struct item {
	double cpu_s;
	double wait_s;   /* 0: for something to do, or none */
	size_t wait;     /* row of the measurement; MEASURED_NONE: none, the thread's end */
	uint64_t faults; /* of pages, in the computing */
	bool recorded;   /* by itself: start_s and end_s are known */
	bool continued;  /* see measured_segment */
	bool handed;     /* what follows was handed over in this wait: it is another operation */
	double start_s, end_s; /* of the wait, in the window; end_s: until it ran again */
};

struct lane {
	struct item *items;
	size_t count;
};

/* One for each row of the measurement's waits; the caller frees it. NULL when out of memory. */
struct remainder *lane_remainders(const struct meaning *x);

/*
 * Of one thread. Not more than `most` items stand for short waits: then each of them is several.
 * Returns 0 or -ENOMEM.
 */
int lane_fill(struct lane *ret, const struct meaning *x, const struct remainder *remainders,
	size_t thread, size_t most);
void lane_clear(struct lane *l);

#endif
