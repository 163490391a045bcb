/*
 * helper: threads that a runtime has for itself: they collect garbage, compile, look after the
 * rest.
 *
 * What they compute is part of the program's work, but nobody shared it out: they are no workers of
 * the program's, and what they wait for holds nothing up.
 */
#ifndef CONCADVISE_HELPER_H
#define CONCADVISE_HELPER_H

struct meaning;

/* Fills x->helpers, for each thread. Needs the runtimes by process. */
void helper_find(struct meaning *x);

#endif
