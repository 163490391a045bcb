/*
 * round: who comes round to waits for several files: the event loops.
 */
#ifndef CONCADVISE_ROUND_H
#define CONCADVISE_ROUND_H

#include <stdbool.h>

struct meaning;

/* Fills x->loops, for each thread. Returns 0 or -ENOMEM. */
int round_find(struct meaning *x);

/* Fills x->one_by_one, from x->loops, x->awaited and x->serving: a service's requests are its
 * users'. Returns 0 or -ENOMEM. */
int round_find_one_by_one(struct meaning *x);

/* Whether a syscall waits for the events of a set of files: epoll, io_uring. NULL is none. */
bool round_is_call(const char *syscall);

#endif
