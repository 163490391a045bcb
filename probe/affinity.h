/* affinity: the CPUs that the threads of processes may use. */
#ifndef CONCADVISE_AFFINITY_H
#define CONCADVISE_AFFINITY_H

#include <sched.h>
#include <stddef.h>

/* Fills ret with those that any thread of the processes may use now; none: not known. */
void affinity_of(const int *pids, size_t count, cpu_set_t *ret);

#endif
