/* syscall: names of system calls, and which argument says what one waits for. */
#ifndef CONCADVISE_SYSCALL_H
#define CONCADVISE_SYSCALL_H

#include "bpf/wire.h"

/* The name of a number, "?NNN" for one without; NULL for none. Owned by the module. */
const char *syscall_name(int number);

/* Fills in, for every number, how its arguments name what it waits for. */
void syscall_args_fill(unsigned char args[WIRE_SYSCALLS]);

#endif
