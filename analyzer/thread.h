/*
 * thread: each thread's time by state, and what the thread is for.
 */
#ifndef CONCADVISE_THREAD_H
#define CONCADVISE_THREAD_H

#include "state.h"

struct meaning;
struct profile;
struct profile_thread;
struct profile_time;

/* Fills p->threads, p->time and p->lost. Returns 0 or -ENOMEM. */
int thread_fill(struct profile *p, const struct meaning *x);

/* Seconds in a thread's time that are neither idle nor coordinating, and of which something is
 * known. */
double thread_busy_s(const struct profile *p, unsigned long thread);

/* The same of each process's threads together. NULL when out of memory; the caller frees it. */
double *thread_processes_busy_s(const struct profile *p);

/* The part of it that was in this state. */
double thread_busy_in_s(const struct profile_thread *t, enum state s);

/*
 * What it did and waited for itself. The wait for a CPU or a lock is the others' doing: on a busy
 * machine a runtime's many helpers queue longer for their few milliseconds than the loop that has
 * them computes.
 */
double thread_carried_s(const struct profile_thread *t);

/* Seconds that it computed between two instants of the window. */
double thread_computed_s(
	const struct meaning *x, unsigned long thread, double begin_s, double end_s);

/*
 * When it had done the last that it was given, or ended: a pool that is kept until its results have
 * been made use of waits in vain meanwhile, for longer than its threads then still live.
 */
double thread_done_s(const struct meaning *x, unsigned long thread);

void time_add(struct profile_time *to, const struct profile_time *from);

#endif
