/*
 * task: one thread's files in /proc, and looks at it.
 *
 * A file of /proc that is open stays bound to its thread: when that is gone, reading fails, and no
 * reused number deceives. Five of them are kept for each thread as long as there are descriptors
 * to be had; beyond, they are opened for each look, and the thread's start time tells a reused
 * number.
 */
#ifndef CONCADVISE_TASK_H
#define CONCADVISE_TASK_H

#include "task_text.h"

#include <stdbool.h>
#include <stdint.h>

enum task_file { TASK_SCHED, TASK_CALL, TASK_STAT, TASK_STATUS, TASK_CHILDREN, TASK_FILES };

struct task {
	int pid, tid;
	int fds[TASK_FILES]; /* -1: opened for each look */
	uint64_t start_ticks;
	bool has_sched; /* the kernel tells nanoseconds, and the time in the run queue */
};

/* What one look found. */
struct task_look {
	uint64_t at_ns; /* CLOCK_MONOTONIC */
	struct task_sched sched;
	bool same; /* it has not run since the look before, and was blocked then: nothing
		      below is filled in */
	struct task_call call;
	bool call_denied; /* the kernel does not let us know: then only running or not is told */
	struct task_stat stat;
	struct task_status status;
};

/* Opens a thread. False: it is gone, or nothing of it can be read. */
bool task_open(struct task *t, int pid, int tid);
void task_close(struct task *t);

/*
 * Looks. blocked, arrivals: as the look before found it; then a thread that has not run since costs
 * one read. False: it is gone.
 */
bool task_read(struct task *t, bool blocked, uint64_t arrivals, struct task_look *ret);

/* The numbers of the children that it started, as text between spaces. False: it cannot be read. */
bool task_read_children(const struct task *t, char *to, unsigned int size);

/* Reads another file of a thread ("wchan", "comm") as text. False: it cannot be read. */
bool task_read_file(const struct task *t, const char *name, char *to, unsigned int size);

#endif
