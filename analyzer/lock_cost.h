/*
 * lock_cost: what threads compute at locks. One that is held for a moment and wanted by many puts
 * nobody to sleep, but its memory goes from CPU to CPU at each turn, and who spins for it computes.
 */
#ifndef CONCADVISE_LOCK_COST_H
#define CONCADVISE_LOCK_COST_H

struct meaning;
struct profile;

/* A quarter: without it the threads could do a third more, 1 / (1 - 0.25), as lock-bound has it for
 * waiting. From there on it is not known what models compute that do not share the lock. */
#define LOCK_COST_MUCH 0.25

/*
 * Sets p->lock_cpu_share: of the on-CPU samples whose place is known, of processes of several
 * threads and without a runtime's global lock, the share in functions that take locks, give them up
 * or wake who waits for them; NAN: there are too few such samples.
 * Returns 0.
 */
int lock_cost_fill(struct profile *p, const struct meaning *x);

#endif
