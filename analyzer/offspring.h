/*
 * offspring: programs that start a process for each of their operations: who starts them, and what.
 */
#ifndef CONCADVISE_OFFSPRING_H
#define CONCADVISE_OFFSPRING_H

#include <stdbool.h>

struct meaning;
struct profile;

/* Fills p->offspring. Returns 0 or -ENOMEM. */
int offspring_fill(struct profile *p, const struct meaning *x);

/* Whether children do most of the work, one after the other or more of them than at once. lines_s:
 * how long each line (descent.h) was busy. */
bool offspring_are_operations(
	const struct profile *p, const struct meaning *x, const double *lines_s);

#endif
