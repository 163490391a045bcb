/*
 * family: which measured process is whose child, and how many threads each has.
 */
#ifndef CONCADVISE_FAMILY_H
#define CONCADVISE_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

struct measurement;

/* Indexed like the measurement's processes. */
struct family {
	size_t *parent; /* MEASURED_NONE: its parent is not measured */
	size_t *children;
	size_t *threads; /* seen in the window, not all at once */
	double *abreast; /* children that had rows in turn: how many at once, on average */
};

/* Returns 0 or -ENOMEM. */
int family_fill(struct family *f, const struct measurement *m);
void family_clear(struct family *f);

/* Adds each process's own value to all its ancestors' sum: what its descendants have in all. */
void family_sum(const struct family *f, size_t count, const double *own, double *ret_descendants);

#endif
