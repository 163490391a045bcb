/*
 * follower: event loops that wait for events together, as the workers of Tokio and of Boost.Asio
 * do.
 *
 * They are of one set of tasks: some of them, mostly one, wait for events on behalf of all, the
 * others for something to do (the pattern Leader/Followers, Schmidt et al., POSA 2, 2000). A thread
 * that waits so is no loop that is held up: whatever happens meanwhile, another one sees to.
 */
#ifndef CONCADVISE_FOLLOWER_H
#define CONCADVISE_FOLLOWER_H

struct meaning;

/* Fills x->followers, for each thread, from x->loops. Returns 0 or -ENOMEM. */
int follower_find(struct meaning *x);

#endif
