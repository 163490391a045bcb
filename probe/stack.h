/*
 * stack: what the kernel side sends of a thread's stack -> a chain of calls, kept once for all that
 * were called from the same place.
 *
 * What is kept is bounded: distinct chains beyond STACKS_MAX, or with a frame beyond
 * RAW_FRAMES_MAX, are not kept.
 */
#ifndef CONCADVISE_STACK_H
#define CONCADVISE_STACK_H

#include "bpf/wire.h"
#include "chain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STACKS_MAX 16384
#define STACK_NONE UINT32_MAX

struct measurement;
struct modules;
struct stacks;

/* modules: what processes have mapped; borrowed. NULL when out of memory. */
struct stacks *stacks_new(struct modules *modules);
void stacks_free(struct stacks *s);

/* Whose a stack is: its pid, and its row among the processes, as pids are used again. */
struct stack_process {
	int pid;
	size_t row;
};

/* A code object that frames will name. False: it makes no sense. */
bool stacks_take_code(struct stacks *s, int pid, const struct wire_code *e, size_t size);

/* The chain's number; STACK_NONE: it could not be kept, which is counted. False: the event makes no
 * sense. */
bool stacks_take(struct stacks *s, const struct stack_process *p, const struct wire_stack *e,
	size_t size, uint32_t *ret);

/* A chain that was kept. Valid until the next one is taken. */
struct chain stacks_chain(const struct stacks *s, uint32_t number);

/* Names all frames: row n of the measurement's stacks is the chain of that number. What could not
 * be kept becomes a loss. 0 or -ENOMEM. */
int stacks_finish(struct stacks *s, struct measurement *m);

/* The variable of a process in which an address lies, as "name" or "name+0x28"; malloc'ed. NULL: in
 * none that has a name. */
char *stacks_variable(struct stacks *s, int pid, uint64_t address);

#endif
