/*
 * waking: what it takes to wake a thread that sleeps on another CPU: who wakes it, and until it
 * runs.
 */
#ifndef CONCADVISE_WAKING_H
#define CONCADVISE_WAKING_H

struct measured_host;

/*
 * Fills in wakeup_ns and waking_ns, by the clock: the middle one of a few tries each, for which
 * what wakes computes as it would between two system calls. Where there is one CPU alone, or so
 * busy a machine that the other one does not come to run, both are half of what a round of waking
 * each other takes, the least of a few. What cannot be timed stays 0. Takes a millisecond and a
 * half, on two CPUs. Its thread is gone when it returns.
 */
void waking_measure(struct measured_host *ret);

#endif
