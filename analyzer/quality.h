/*
 * quality: how far the measurement can be trusted, check by check.
 */
#ifndef CONCADVISE_QUALITY_H
#define CONCADVISE_QUALITY_H

struct meaning;
struct profile;

/* Fills p->checks and p->grade, from all else. Returns 0 or -ENOMEM. */
int quality_fill(struct profile *p, const struct meaning *x);

#endif
