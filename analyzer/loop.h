/*
 * loop: event loops: how busy they are, and what holds them up.
 */
#ifndef CONCADVISE_LOOP_H
#define CONCADVISE_LOOP_H

#include <stdbool.h>
#include <stddef.h>

struct meaning;
struct profile;
struct profile_loop;

/* Fills p->loops, from its threads. Returns 0 or -ENOMEM. */
int loop_fill(struct profile *p, const struct meaning *x);
void loop_clear(struct profile_loop *l);

/* Whether a wait on a loop's thread holds up what the loop has to do. */
bool loop_is_blocked_by(const struct meaning *x, size_t wait);

#endif
