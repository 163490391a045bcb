/*
 * python_lock: locks that Python code takes (threading.Lock). For the kernel they are semaphores,
 * as is what an idle worker waits for; told apart by who waits, and on which line.
 */
#ifndef CONCADVISE_PYTHON_LOCK_H
#define CONCADVISE_PYTHON_LOCK_H

struct meaning;

/* Turns the states of waits for such locks into STATE_LOCK. Returns 0 or -ENOMEM. */
int python_lock_find(struct meaning *x);

#endif
