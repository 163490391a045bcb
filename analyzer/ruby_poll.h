/*
 * ruby_poll: Ruby's first thread waits for a file together with an eventfd that wakes it, by one
 * poll for both. That is no event loop.
 */
#ifndef CONCADVISE_RUBY_POLL_H
#define CONCADVISE_RUBY_POLL_H

struct meaning;

/* Takes such threads out of x->loops, and gives their waits the state that they have; from
 * x->awaited, which says that they asked for one answer after the other. */
void ruby_poll_find(struct meaning *x);

#endif
