/*
 * together: how fast CPUs are when as many of them compute as the target may use, against one
 * alone.
 */
#ifndef CONCADVISE_TOGETHER_H
#define CONCADVISE_TOGETHER_H

struct measured_host;

/*
 * Fills in compute_together and memory_together, in thousandths: work that stays in a core, and
 * work that goes through shared caches and memory. So many CPUs are taken as cpus_allowed and
 * cpu_quota, which are read, let the target use. They stay 0 where that is one, or nothing can be
 * timed. Takes some 10 ms of each, below a hypervisor up to 70 where CPUs get in each other's way,
 * so it is not for a machine on which something else is to go on undisturbed. Its threads are gone
 * when it returns.
 */
void together_measure(struct measured_host *ret);

#endif
