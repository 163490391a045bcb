/*
 * asking: who in the target waits for an answer of the target itself, so that the program is what
 * asks, and its server a part of it.
 */
#ifndef CONCADVISE_ASKING_H
#define CONCADVISE_ASKING_H

#include <stdbool.h>

struct meaning;
struct measured_file;

/* A connection to who listens in the target, on this machine. */
bool asking_peer_is_own(const struct meaning *x, const struct measured_file *connected);

/* Who does. */
struct askers {
	bool waits; /* a process waits for a reply on a connection that may be one to the target */
	bool loops; /* a process whose loop hardly exchanges anything with others */
};

/* Fills x->asking, for each process, from the endpoints, loops and x->serving. 0 or -ENOMEM. */
int asking_find(struct meaning *x, struct askers *ret);

/* Whether the target is its own client. From x->serving and x->hosted, when these are complete. */
bool asking_itself(const struct meaning *x, const struct askers *a);

#endif
