/*
 * concurrency: how many threads there were, ran and waited at once.
 */
#ifndef CONCADVISE_CONCURRENCY_H
#define CONCADVISE_CONCURRENCY_H

#include "state.h"

#include <stdbool.h>

struct meaning;
struct profile;

/* Whether waits in a state can run side by side, if they are work. */
bool concurrency_overlaps(enum state s);

/* Fills p->concurrency, from its threads. Returns 0 or -ENOMEM. */
int concurrency_fill(struct profile *p, const struct meaning *x);

#endif
