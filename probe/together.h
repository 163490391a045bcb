/*
 * together: how fast the CPUs are when all of them compute, against one alone.
 */
#ifndef CONCADVISE_TOGETHER_H
#define CONCADVISE_TOGETHER_H

struct measured_host;

/*
 * Fills in compute_together and memory_together, in thousandths: work that stays in a core, and
 * work that goes through shared caches and memory. They stay 0 where there is one CPU, or nothing
 * can be timed. Takes some 10 ms of every CPU that this process may use, so it is not for a machine
 * on which something else is to go on undisturbed. Its threads are gone when it returns.
 */
void together_measure(struct measured_host *ret);

#endif
