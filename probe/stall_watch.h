/*
 * stall_watch: what a thread does between two waits for several files, so that of a stretch
 * that turns out long it can be said what it was.
 *
 * That a stretch has ended is known when the wait that ends it has ended; samples of the next one
 * may be there by then. So samples are kept with their times. Their number is bounded: when there
 * are too many, every other one goes, and those that come later are thinned alike.
 */
#ifndef CONCADVISE_STALL_WATCH_H
#define CONCADVISE_STALL_WATCH_H

#include "bpf/wire.h"
#include "measurement.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stacks;

/*
 * Shorter stretches are no stalls: five samples at the usual rate are as few as tell anything, and
 * so often does Node's own monitorEventLoopDelay() look.
 */
#define STALL_NS 10000000

/* How many stalls are held; more than come before a thread leaves the CPU, as a rule. */
#define STALLS_HELD 8

/* The longest of some waits. */
struct stall_wait {
	uint64_t at_ns, ns; /* 0: there was none */
	size_t wait, stack;
};

/* A stall that ended with a look that returned at once. It is told of when it looks again; waits in
 * it, when the thread leaves the CPU next: that may be later. */
struct stall_held {
	struct measured_stall stall;
	struct stall_wait longest;
};

struct stall_watch {
	struct stall_sample {
		uint64_t at_ns;
		size_t stack; /* MEASURED_NONE: not taken */
		bool polls;   /* in a wait for several files that returned at once */
	} * samples;
	size_t count, room;
	uint32_t stride, passed; /* one in stride is kept */
	/* The longest other wait since the last wait for several files. */
	struct stall_wait longest;
	struct stall_held *held; /* NULL: none ever was */
	size_t held_count;
};

void stall_watch_free(struct stall_watch *w);

/* Out of memory, less is known of a stall. */
void stall_watch_sample(
	struct stall_watch *w, const struct wire_sample *e, size_t stack, bool polls);

/* A wait, from either event that tells of it. stack: MEASURED_NONE: this one does not tell. */
void stall_watch_wait(
	struct stall_watch *w, uint64_t at_ns, uint64_t wait_ns, size_t wait, size_t stack);

/*
 * The longest part of the stretch before a look for the events of several files in which it is not
 * known to have looked for them: between two of its ends and the samples in polls that returned at
 * once. And the samples in all of the stretch.
 */
struct stall_gap {
	uint64_t start_ns, end_ns;
	uint32_t samples, polls;
};
struct stall_gap stall_watch_gap(
	const struct stall_watch *w, uint64_t at_ns, const struct wire_stretch *stretch);

/* A look for events began at at_ns: what that part of the stretch before it was, if it is to be
 * told of. */
bool stall_watch_close(struct stall_watch *w, const struct stacks *stacks, uint64_t at_ns,
	const struct wire_stretch *stretch, struct measured_stall *ret);

/* Holds a stall, for waits in it that are told of later. Returns true if there is one to be let go
 * instead, in ret, which may be the same: the oldest that was held, or, out of memory, this one. */
bool stall_watch_hold(
	struct stall_watch *w, const struct measured_stall *stall, struct measured_stall *ret);

/* Lets the oldest one go that is held. False: there is none. */
bool stall_watch_release(struct stall_watch *w, struct measured_stall *ret);

#endif
