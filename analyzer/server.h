/*
 * server: who in the target serves requests, and how many threads hold on to connections for it.
 */
#ifndef CONCADVISE_SERVER_H
#define CONCADVISE_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct meaning;
struct profile;

/* Fills x->serving, x->asking and x->hosted, for each process, and x->hosting, for each thread,
 * from the endpoints and loops. 0 or -ENOMEM. */
int server_find(struct meaning *x);

/* Whether the requests come from outside the target: its own clients are part of its work. */
bool server_is_public(const struct meaning *x);

/* Whether a thread answers what the target asks itself: the work is that of who asks, whichever
 * model it has; who asked waits while it is computed. */
bool server_is_own(const struct meaning *x, size_t thread);

/* Whether a request was seen: a connection, or a thread that takes them. */
bool server_was_asked(const struct meaning *x);

/* Fills p->server. */
int server_fill(struct profile *p, const struct meaning *x);

#endif
