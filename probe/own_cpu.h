/*
 * own_cpu: on which CPUs the tool's own threads run that time the machine.
 */
#ifndef CONCADVISE_OWN_CPU_H
#define CONCADVISE_OWN_CPU_H

#include <stdint.h>

/* The CPUs that the calling thread may use, `most` of them at most, which cpus has room for.
 * Returns how many there are; 0: not known. */
int own_cpu_list(int *cpus, int most);

/* From now on the calling thread runs on that one alone, where that is allowed. */
void own_cpu_bind(int cpu);

/* What the calling thread has computed, ns. */
int64_t own_cpu_ns(void);

#endif
