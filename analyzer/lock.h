/*
 * lock: what threads fight for: mutexes, rwlocks, a runtime's global lock, file locks, the address
 * space.
 */
#ifndef CONCADVISE_LOCK_H
#define CONCADVISE_LOCK_H

struct meaning;
struct profile;

/* Fills p->locks, longest wait first. Returns 0 or -ENOMEM. */
int lock_fill(struct profile *p, const struct meaning *x);

#endif
