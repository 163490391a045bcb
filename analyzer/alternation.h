/*
 * alternation: workers that take turns, though nothing but their program's order makes them: one is
 * given something and waited for, then the next. Of a pool that is asked so, all but one worker do
 * nothing at any time.
 */
#ifndef CONCADVISE_ALTERNATION_H
#define CONCADVISE_ALTERNATION_H

#include <stdbool.h>

struct meaning;
struct profile;

/*
 * Sets ret_s: how much sooner all would be done if they computed at once, each what it computed, on
 * the CPUs that there are; 0: they do not take turns. Needs the threads' roles. Returns 0 or
 * -ENOMEM.
 */
int alternation_find(const struct profile *p, const struct meaning *x, double *ret_s);

/*
 * Sets ret_alternate: whether, by the same measure, they take turns in waits for their work: who
 * hands it out waits for each piece before the next one, which is one operation after another,
 * whoever does it. Returns 0 or -ENOMEM.
 */
int alternation_of_waits(const struct profile *p, const struct meaning *x, bool *ret_alternate);

#endif
