/*
 * range: by how much a speedup could be another one, had other operations of the same kind come.
 */
#ifndef CONCADVISE_RANGE_H
#define CONCADVISE_RANGE_H

struct scenario;

struct range {
	double low, high; /* times the speedup of the operations as they came; 1 is between them */
};

/*
 * The middle nine tenths of speedups from `now` to `then`, of as many operations drawn at random
 * from those of the scenario (with replacement; the same ones every time that it is asked).
 * Returns 0 or -ENOMEM.
 */
int range_find(const struct scenario *now, const struct scenario *then, struct range *ret);

#endif
