/*
 * starvation: whether workers find no work when they are done.
 */
#ifndef CONCADVISE_STARVATION_H
#define CONCADVISE_STARVATION_H

#include <stdbool.h>

struct meaning;
struct profile;

/*
 * Do workers wait for work about as often as they do some? Then no queue of it stands before them,
 * and no more of them would find any. Needs the threads' roles. Out of memory, they do not.
 */
bool workers_starve(const struct profile *p, const struct meaning *x);

#endif
