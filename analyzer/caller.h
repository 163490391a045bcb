/*
 * caller: waits for a futex that a runtime's own function says more of than the futex does: of a
 * JVM all are the same, whether a thread sleeps, waits for a monitor or for work.
 */
#ifndef CONCADVISE_CALLER_H
#define CONCADVISE_CALLER_H

struct meaning;

/* Turns STATE_SYNC into what the function says: STATE_LOCK, STATE_SLEEP. Returns 0 or -ENOMEM. */
int caller_find(struct meaning *x);

#endif
