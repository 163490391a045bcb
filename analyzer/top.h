/*
 * top: of each kind of row, the one that matters most: what metrics, words and texts are about.
 */
#ifndef CONCADVISE_TOP_H
#define CONCADVISE_TOP_H

#include "profile.h"

/* Whether a row of waits is work that could overlap or be done without. */
bool wait_is_work(const struct profile_wait *w);

/* All NULL: there is none. */
const struct profile_wait *wait_top(const struct profile *p); /* of those that are work */
const struct profile_lock *lock_top(const struct profile *p); /* a runtime's global one aside */
const struct profile_lock *lock_global_top(const struct profile *p);
const struct profile_blocking *blocking_top(const struct profile *p); /* calls on event loops */
const struct profile_stall *stall_top(const struct profile *p, enum stall_kind k); /* likewise */

bool lock_is_global(const struct profile_lock *l);

/*
 * Whether it is a call that the loop makes, and no turn at a runtime's lock: that others have. Nor
 * is it a lock that the loop waits for less than for that one: who has it waits for a turn
 * likewise.
 */
bool blocking_is_call(const struct profile_loop *l, const struct profile_blocking *b);

#endif
