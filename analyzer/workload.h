/*
 * workload: the measured work as it would be done again: operations that could run side by side,
 * each a sequence of computing and waiting.
 *
 * What another concurrency model would change is taken out: waiting for CPUs, for locks, for the
 * interpreter's lock, for something to do. What is left adds up: all computing, all waits that are
 * work. Seconds.
 */
#ifndef CONCADVISE_WORKLOAD_H
#define CONCADVISE_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Computing, then a wait. */
struct step {
	double locked_s; /* computing under the interpreter's lock */
	double free_s;   /* other computing */
	double wait_s;
	double idle_s;  /* for so long its CPU had idled before it computed; see lulled below */
	bool blocking;  /* an event loop can do nothing else in this wait: files are always ready */
	bool beside;    /* a child computes: an event loop goes on meanwhile */
	bool exclusive; /* one operation at a time: it holds a lock meanwhile */
};

/* Steps one after the other: steps[first] to steps[first + count - 1]. */
struct operation {
	size_t first, count;
	double start_s; /* in the window, as far as is known; see workload_order() */
};

struct workload {
	struct step *steps;
	size_t steps_count, steps_room;
	struct operation *operations;
	size_t operations_count, operations_room;
	double head_s, tail_s; /* before the first operation and after the last: serial */
	double calls_per_s; /* of computing in interpreters: how often one gives up its lock for a
			       system call; 0: not known */
	/* As it is built: */
	double pages;     /* of memory, that operations wrote to first */
	double startup_s; /* of each worker process, computing beside operations */
	double ending_s;  /* of the tail, what is written again that was shared; NAN: not known */
	double feeding_s; /* of each operation, computing of a pool's own threads */
	double uneven_s;  /* by how much the last worker ended later than they did on average:
			     shares that were made beforehand */
	double joint_s;   /* a loop's own waiting: all that it had under way waited */
	size_t width;     /* no more operations than this were ever at hand at once; 0: not known */
	bool shared;      /* a loop had the operations' waits under way together */
	bool blocks;      /* there are steps that wait for a device */
	bool pooled;      /* a pool's processes start a child for each operation */
	bool lulled;      /* the steps' idle_s are known */
	bool divisible;   /* the operations are pieces of one computing, for want of real ones */
};

/* Adds an empty operation; steps that are added then belong to it. 0 or -ENOMEM. */
int workload_begin(struct workload *w);
int workload_add(struct workload *w, struct step s);

/* Puts operations in the order in which they were begun: of several workers that took them from
 * one queue, each had every other one or so. */
void workload_order(struct workload *w);

/* All operations' computing and waiting. */
struct step workload_sum(const struct workload *w);

/* Whether all operations are the same: then it matters not which of them is done when. */
bool workload_is_uniform(const struct workload *w);

/* The longest operation, done alone. */
double workload_longest_s(const struct workload *w);

void workload_clear(struct workload *w);

#endif
