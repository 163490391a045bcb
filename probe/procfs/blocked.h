/*
 * blocked: what a thread waits for, from its system call and the arguments, as /proc shows them.
 */
#ifndef CONCADVISE_BLOCKED_H
#define CONCADVISE_BLOCKED_H

#include "probe/bpf/wire.h"

#include <stdbool.h>

struct descriptors;
struct task;
struct task_look;

struct blocked {
	struct wire_wait_key key;
	bool has_file;         /* a file that was not described before: */
	struct wire_file file; /* all but its header */
};

struct blocked_reader;

/* NULL when out of memory. */
struct blocked_reader *blocked_reader_new(void);
void blocked_reader_free(struct blocked_reader *r);

/*
 * Of a thread that a look found blocked. before: what it waited for at the look before; a system
 * call that was interrupted and goes on is that one still. compat: it is a 32-bit program, whose
 * system calls have other numbers.
 */
void blocked_read(struct blocked_reader *r, const struct task *task, const struct task_look *look,
	const struct wire_wait_key *before, bool compat, struct blocked *ret);

#endif
