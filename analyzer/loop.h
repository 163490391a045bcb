/*
 * loop: event loops: which threads are one, how busy they are, and what holds them up.
 */
#ifndef CONCADVISE_LOOP_H
#define CONCADVISE_LOOP_H

#include "state.h"

struct meaning;
struct measured_wait;
struct profile;

/* Fills x->loops, for each thread. Returns 0 or -ENOMEM. */
int loop_find(struct meaning *x);

/* Fills p->loops, from its threads. Returns 0 or -ENOMEM. */
int loop_fill(struct profile *p, const struct meaning *x);

#endif
