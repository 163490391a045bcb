/* syscall: names of system calls, and which argument says what one waits for. */
#ifndef CONCADVISE_SYSCALL_H
#define CONCADVISE_SYSCALL_H

#include "bpf/wire.h"

/* The name of a number, "?NNN" for one without; NULL for none. Owned by the module. */
const char *syscall_name(int number);

/* The number of a name; WIRE_UNSEEN_SYSCALL for one that this machine does not have. */
int syscall_number(const char *name);

/* Fills in, for every number, how its arguments name what it waits for. */
void syscall_args_fill(unsigned char args[WIRE_SYSCALLS]);

/* Sets, for every number, whether a language's interpreter keeps its lock around the call: those
 * that neither wait nor look at a file. */
void syscall_kept_fill(unsigned char ret[WIRE_SYSCALLS]);

#endif
