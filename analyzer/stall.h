/*
 * stall: what kept an event loop from looking for events.
 */
#ifndef CONCADVISE_STALL_H
#define CONCADVISE_STALL_H

#include <stddef.h>

struct meaning;
struct profile;
struct profile_loop;

/* Fills the loop's stalls, and takes those that are others' doing off those seen. Returns 0 or
 * -ENOMEM. */
int stall_fill(struct profile_loop *l, const struct profile *p, const struct meaning *x);

#endif
