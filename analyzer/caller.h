/*
 * caller: waits for a futex that a function on the way says more of than the futex does. Of a JVM
 * all are the same, whether a thread sleeps, waits for a monitor or for work; and a condition
 * variable that counts looks like a contended lock when it has come to two.
 */
#ifndef CONCADVISE_CALLER_H
#define CONCADVISE_CALLER_H

struct meaning;

/* Turns STATE_SYNC and STATE_LOCK into what the function says. Returns 0 or -ENOMEM. */
int caller_find(struct meaning *x);

#endif
