/*
 * pause: threads that sleep while others do the work. One beats time: it flushes, reports or checks
 * something now and then. Another one looks now and then whether the others are done.
 *
 * Their sleeping is no work: more of them would do nothing faster. A sleep that stands for work
 * looks the same by itself, so it is told by what the thread does else, and by who computes.
 */
#ifndef CONCADVISE_PAUSE_H
#define CONCADVISE_PAUSE_H

#include <stdbool.h>

struct meaning;

/* Tells of each thread whether it does no more than that. Needs what x has but for what waits in
 * sleeps, and for something to be handed over, are for (purpose.h). Returns 0 or -ENOMEM. */
int pause_find(const struct meaning *x, bool *ret_pausing);

#endif
