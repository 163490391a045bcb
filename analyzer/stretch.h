/*
 * stretch: the time on an event loop between two of its waits: the lag of all that it has to do.
 */
#ifndef CONCADVISE_STRETCH_H
#define CONCADVISE_STRETCH_H

#include <stddef.h>

struct meaning;
struct profile;
struct profile_loop;

/* Fills the iterations, the lags and the longest computing of a loop; what is not known stays. */
void stretch_fill(
	struct profile_loop *loop, const struct profile *p, const struct meaning *x, size_t thread);

#endif
