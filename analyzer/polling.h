/*
 * polling: computing that only asks, again and again, whether something is ready.
 */
#ifndef CONCADVISE_POLLING_H
#define CONCADVISE_POLLING_H

struct meaning;
struct profile;

/* Fills p->polling_share. Returns 0 or -ENOMEM. */
int polling_fill(struct profile *p, const struct meaning *x);

#endif
