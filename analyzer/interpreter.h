/*
 * interpreter: a runtime's global lock: how much of the computing holds it, how much waits for it.
 */
#ifndef CONCADVISE_INTERPRETER_H
#define CONCADVISE_INTERPRETER_H

struct meaning;
struct profile;

/*
 * Fills p->interpreter, and sets ret_locked_s[i], for each process, to its computing that needs the
 * lock: all of it where the samples do not tell. Returns 0 or -ENOMEM.
 */
int interpreter_fill(struct profile *p, const struct meaning *x, double *ret_locked_s);

#endif
