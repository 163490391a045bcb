/*
 * one_by_one: loops that have hardly more than one request under way at a time, as a sequential
 * program has.
 */
#ifndef CONCADVISE_ONE_BY_ONE_H
#define CONCADVISE_ONE_BY_ONE_H

struct meaning;

/* Fills x->one_by_one, from x->loops, x->awaited and x->serving: a service's requests are its
 * users'. Returns 0 or -ENOMEM. */
int one_by_one_find(struct meaning *x);

#endif
