/*
 * alternative: why another model than the recommended one was not chosen.
 */
#ifndef CONCADVISE_ALTERNATIVE_H
#define CONCADVISE_ALTERNATIVE_H

#include "advice.h"

/* The profile's prediction for a model; NULL when it makes none. */
const struct prediction *prediction_of(const struct profile *p, enum model m);

/* Fills the advice's alternatives. 0 or -ENOMEM. */
int alternatives_make(struct advice *a);

#endif
