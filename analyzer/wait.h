/*
 * wait: waits of one kind over all threads: how many, how long, how much side by side.
 */
#ifndef CONCADVISE_WAIT_H
#define CONCADVISE_WAIT_H

struct meaning;
struct profile;

/* Fills p->waits, longest first. Returns 0 or -ENOMEM. */
int wait_fill(struct profile *p, const struct meaning *x);

#endif
