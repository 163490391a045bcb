/*
 * loop: event loops: how busy they are, and what holds them up.
 */
#ifndef CONCADVISE_LOOP_H
#define CONCADVISE_LOOP_H

struct meaning;
struct profile;

/* Fills p->loops, from its threads. Returns 0 or -ENOMEM. */
int loop_fill(struct profile *p, const struct meaning *x);

#endif
