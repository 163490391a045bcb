/*
 * task_text: what the files of /proc/PID/task/TID say, from their text.
 *
 * The text is the kernel's, but parts of it are the program's own choice (its name can hold spaces,
 * parentheses and newlines), and what is there depends on the kernel's version and configuration:
 * what is not found is not filled in.
 */
#ifndef CONCADVISE_TASK_TEXT_H
#define CONCADVISE_TASK_TEXT_H

#include "probe/bpf/wire.h"

#include <stdbool.h>
#include <stdint.h>

#define TASK_ARGUMENTS 6

/* /proc/PID/task/TID/stat; see proc(5). */
struct task_stat {
	char comm[WIRE_COMM];
	char state; /* R, S, D, T, t, Z, X... */
	int ppid;
	uint64_t faults;                   /* minor page faults of this thread */
	uint64_t user_ticks, kernel_ticks; /* of this thread */
	uint64_t children_ticks;           /* of the process's children that it waited for */
	uint64_t start_ticks;              /* after boot */
};

/* /proc/PID/task/TID/schedstat. */
struct task_sched {
	uint64_t cpu_ns;   /* on a CPU; of a running thread as of the last tick */
	uint64_t delay_ns; /* waited for a CPU, up to when it last got one */
	uint64_t arrivals; /* times it got a CPU */
};

/* /proc/PID/task/TID/status. */
struct task_status {
	uint64_t voluntary, involuntary; /* switches */
	uint64_t rss_peak_bytes;         /* of the process; 0: not told */
};

/* /proc/PID/task/TID/syscall. */
struct task_call {
	bool running; /* or ready to; the others are then not told */
	int number;   /* WIRE_NO_SYSCALL: blocked outside of one */
	uint64_t arguments[TASK_ARGUMENTS];
};

/* Each returns false, with nothing filled in, for text that is cut or makes no sense. */
bool task_text_stat(const char *text, struct task_stat *ret);
bool task_text_sched(const char *text, struct task_sched *ret);
bool task_text_status(const char *text, struct task_status *ret);
bool task_text_call(const char *text, struct task_call *ret);

#endif
