/*
 * state: what a thread does at an instant, one of a closed set whose times add up to its time in
 * the window.
 *
 * The mapping from what the kernel showed (syscall, kind of file, futex operation, task state) to a
 * state is one table in state.c; a new kind of wait is one row there.
 */
#ifndef CONCADVISE_STATE_H
#define CONCADVISE_STATE_H

#include <stdbool.h>
#include <stddef.h>

struct meaning;
struct measured_wait;

enum state {
	STATE_CPU_USER,
	STATE_CPU_KERNEL,
	STATE_RUN_QUEUE,
	STATE_DISK,
	STATE_NETWORK,
	STATE_IPC,
	STATE_TERMINAL,
	STATE_SLEEP,
	STATE_POLL,
	STATE_LOCK,
	STATE_INTERPRETER_LOCK,
	STATE_SYNC,
	STATE_CHILD,
	STATE_PAGE_FAULT,
	STATE_STOPPED,
	STATE_OTHER,
	STATE_COUNT
};

/* The name in the report ("cpu_user"), and the words for a person ("cpu, user"). */
const char *state_name(enum state s);
const char *state_label(enum state s);

/* A wait for files or memory: they are always ready, so no event loop can ask for them and do
 * something else meanwhile. */
bool state_is_storage(enum state s);

/* Waiting for a CPU or a lock that others have: their doing, not the thread's own work. */
bool state_is_contention(enum state s);

/* A system call, NULL for none, by which threads wait for each other and wake each other. */
bool state_call_is_futex(const char *syscall);

/* One that waits for a signal. */
bool state_call_is_signal(const char *syscall);

/* The state of a wait, by the facts of its row, and its process's runtimes, threads and children.
 */
enum state state_of_wait(const struct meaning *x, const struct measured_wait *w);

#endif
