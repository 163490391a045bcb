/*
 * own_cpu: on which CPUs the tool's own threads run: those that time the machine, and all of them
 * beside a service that is bound to some.
 */
#ifndef CONCADVISE_OWN_CPU_H
#define CONCADVISE_OWN_CPU_H

#include <stddef.h>
#include <stdint.h>

/* The CPUs that the calling thread may use, `most` of them at most, which cpus has room for.
 * Returns how many there are; 0: not known. */
int own_cpu_list(int *cpus, int most);

/* From now on the calling thread runs on that one alone, where that is allowed. */
void own_cpu_bind(int cpu);

/* The calling thread, and those that it starts, keep off the CPUs that these processes may use;
 * where it may use no others, nothing changes. */
void own_cpu_keep_off(const int *pids, size_t count);

/* It may use them again. */
void own_cpu_return(void);

/* What the calling thread has computed, ns. */
int64_t own_cpu_ns(void);

#endif
