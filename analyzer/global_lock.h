/*
 * global_lock: one lock around everything, told by how a process behaves.
 */
#ifndef CONCADVISE_GLOBAL_LOCK_H
#define CONCADVISE_GLOBAL_LOCK_H

struct meaning;

/* The two words of a glibc condition variable on which its waiters alternate are neighbours: the
 * same, in addresses shifted so. */
#define CONDVAR_SHIFT 3

/*
 * Fills x->global_locks, for each process. Where a runtime with a global lock of unknown address
 * runs, the waits for it become STATE_INTERPRETER_LOCK; in native code no state is changed, since a
 * hand-over between threads looks the same. Returns 0 or -ENOMEM.
 */
int global_lock_find(struct meaning *x);

#endif
