/*
 * purpose: whether a wait is part of the work, or nothing that another concurrency model could
 * change.
 */
#ifndef CONCADVISE_PURPOSE_H
#define CONCADVISE_PURPOSE_H

struct meaning;

enum purpose {
	PURPOSE_WORK,         /* the work cannot go on without it: a reply, a disk, a lock */
	PURPOSE_IDLE,         /* for something to do: a request, a task, a key */
	PURPOSE_COORDINATING, /* for its own threads or children, who work meanwhile */
	/* Until others' time is known: */
	PURPOSE_HANDED, /* handed over by others of the target */
	PURPOSE_LOOP,   /* waited for by a loop */
};

/* Fills x->purposes, from the states, endpoints, loops and servers. Returns 0 or -ENOMEM. */
int purpose_fill(struct meaning *x);

#endif
