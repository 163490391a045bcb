/*
 * round: who comes round to waits for several files: the event loops.
 */
#ifndef CONCADVISE_ROUND_H
#define CONCADVISE_ROUND_H

#include <stdbool.h>

/* One connection, and one that clients keep open without using it: no more than one is in use. */
#define CONNECTIONS_FEW 2

struct meaning;

/* Fills x->loops, for each thread. Returns 0 or -ENOMEM. */
int round_find(struct meaning *x);

/* Whether a syscall waits for the events of a set of files: epoll, io_uring. NULL is none. */
bool round_is_call(const char *syscall);

#endif
