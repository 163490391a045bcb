/*
 * timeline: what each thread did when, as far as it is known by itself.
 *
 * Long waits, and what came before each, are recorded one by one; shorter waits are known in sums
 * between them. So a thread's life is divided without gaps into intervals that either one part
 * fills, or several do in an order that is not known (mixed). How many there are is bounded over
 * all threads: where a thread has more, neighbours are joined until they are few enough.
 */
#ifndef CONCADVISE_TIMELINE_H
#define CONCADVISE_TIMELINE_H

#include "state.h"

#include <stdbool.h>
#include <stddef.h>

struct meaning;
struct profile;

/*
 * What can fill an interval: the states, though when it ran in which mode is not known, so that
 * both kinds of computing are one; and what is known in the thread's sums alone.
 */
enum timeline_part {
	PART_CPU = STATE_COUNT,
	PART_FOLDED,
	TIMELINE_PARTS,
	PART_MIXED = TIMELINE_PARTS, /* no part: several */
};

/* "cpu", "folded", "mixed", or the state's name. */
const char *timeline_part_name(unsigned int part);

struct timeline_interval {
	double start_s, end_s;          /* in the window */
	unsigned int part;              /* that fills it */
	double parts_s[TIMELINE_PARTS]; /* seconds of each; their sum is its length */
	size_t wait;                    /* of one wait: the row of the profile's; MEASURED_NONE */
	bool idle; /* as in profile_wait: it waits for work, or for its own workers */
};

/* Those of one thread, in time, without gaps. */
struct timeline_intervals {
	unsigned int holders; /* who is the last one to let go frees them */
	size_t count;
	struct timeline_interval all[];
};

struct timeline_thread {
	size_t thread; /* index into the profile's */
	double start_s, end_s;
	double resolution_s; /* what is joined is no longer than that, unless one by itself is */
	struct timeline_intervals *intervals; /* held */
	/* What the PART_FOLDED of its intervals consists of, in all: exact sums by part. */
	double folded_s[TIMELINE_PARTS];
};

struct timeline {
	double floor_s; /* shorter waits have no interval of their own */
	struct timeline_thread *threads;
	size_t threads_count;    /* in the profile's order */
	size_t threads_left_out; /* where there are very many, those that lived shortest */
};

/* Fills p->timeline. Returns 0 or -ENOMEM. */
int timeline_fill(struct profile *p, const struct meaning *x);
void timeline_clear(struct timeline *t);

/* For who needs them longer than the profile is there. There are megabytes of them. */
struct timeline_intervals *timeline_intervals_hold(struct timeline_intervals *i);
void timeline_intervals_release(struct timeline_intervals *i);

#endif
