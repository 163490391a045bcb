/*
 * assumption: what a prediction takes for granted that no measurement of one run can show.
 */
#ifndef CONCADVISE_ASSUMPTION_H
#define CONCADVISE_ASSUMPTION_H

struct advice;

/* Adds to a->assumptions those that matter for its model and size. Returns 0 or -ENOMEM. */
int assumptions_add(struct advice *a);

#endif
