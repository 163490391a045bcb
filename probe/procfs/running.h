/*
 * running: how long how many threads were on a CPU at once, from looks.
 */
#ifndef CONCADVISE_RUNNING_H
#define CONCADVISE_RUNNING_H

#include "probe/bpf/wire.h"

#include <stddef.h>
#include <stdint.h>

struct running {
	uint64_t ns[WIRE_RUNNING]; /* the last one: or more */
};

/* A look met so many threads running, or ready to, and stands for so much time. No more run than
 * there are CPUs. */
void running_count(struct running *r, size_t threads, size_t cpus, uint64_t ns);

/*
 * Makes the times agree with what is known exactly: the CPU time that they add up to, and the
 * time of which they are parts.
 */
void running_settle(struct running *r, uint64_t cpu_ns, uint64_t wall_ns);

#endif
