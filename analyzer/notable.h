/*
 * notable: which threads carry a notable part of the work.
 */
#ifndef CONCADVISE_NOTABLE_H
#define CONCADVISE_NOTABLE_H

#include <stdbool.h>

struct meaning;

/* What a thread has to carry for that, in seconds. carried_s: what each does. */
double notable_least_s(const struct meaning *x, const double *carried_s);

/* Of each thread: whether it carries so much, or is one of many brief ones that do so together, as
 * those of a server that starts one for each request. NULL when out of memory. The caller frees it.
 */
bool *notable_find(const struct meaning *x, const double *carried_s, double notable_s);

#endif
