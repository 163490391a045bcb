/*
 * interpreter: a runtime's global lock: how much of the computing holds it, how much waits for it.
 */
#ifndef CONCADVISE_INTERPRETER_H
#define CONCADVISE_INTERPRETER_H

struct meaning;
struct profile;

/*
 * Fills p->interpreter, and sets ret_locked_share[i], for each process, to the share of its
 * computing that needs the lock: all of it where the samples do not tell, none where there is no
 * lock. Returns 0 or -ENOMEM.
 */
int interpreter_fill(struct profile *p, const struct meaning *x, double *ret_locked_share);

/* How long the lock was held in each process, computing, in seconds. Returns 0 or -ENOMEM. */
int interpreter_held(const struct meaning *x, double *ret_held_s);

#endif
