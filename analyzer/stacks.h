/*
 * stacks: how much was waited and computed in which chain of calls: what a flame graph draws.
 *
 * Chains that a reader could not tell apart (see callsite.h) are one. Waits are scaled so that each
 * row's chains add up to the row's own time, which is exact, and samples so that a thread's add up
 * to its time on a CPU. So over all stacks the waiting is all waiting, and the computing is all
 * computing, known or not.
 */
#ifndef CONCADVISE_STACKS_H
#define CONCADVISE_STACKS_H

#include "state.h"

#include <stdbool.h>
#include <stddef.h>

struct meaning;
struct profile;

#define STACK_FRAMES_MOST 64 /* of a longer chain, as many frames from both its ends are told */

struct profile_stack {
	bool computing;      /* else waiting */
	enum state state;    /* computing: in which mode */
	bool idle;           /* as in profile_wait */
	const char *syscall; /* that it was in; borrowed; NULL: none */
	size_t stack;        /* index into the profile's callsites; MEASURED_NONE: not known */
	bool rest;           /* not one chain, but all those that were too small to be told */
	double weight_s;
	double count; /* waits, estimated; NAN: computing */
};

struct stacks {
	struct profile_stack *stacks;
	size_t count; /* largest first */
};

/* Fills p->stacks. Returns 0 or -ENOMEM. */
int stacks_fill(struct profile *p, const struct meaning *x);
void stacks_clear(struct stacks *s);

#endif
