/*
 * scaling: how models that have workers go on with more and more of them.
 */
#ifndef CONCADVISE_SCALING_H
#define CONCADVISE_SCALING_H

struct present;

/* Fills p->scaling. Returns 0 or -ENOMEM. */
int scaling_fill(const struct present *f);

#endif
