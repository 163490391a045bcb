/*
 * holder: where a lock was held while others waited for it.
 */
#ifndef CONCADVISE_HOLDER_H
#define CONCADVISE_HOLDER_H

struct meaning;
struct profile;
struct profile_lock;

/* Fills l->holding. Returns 0 or -ENOMEM. */
int holder_fill(struct profile_lock *l, const struct profile *p, const struct meaning *x);

#endif
