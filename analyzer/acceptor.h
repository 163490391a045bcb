/*
 * acceptor: threads that wait in epoll for nothing but somebody who connects, as uWSGI's workers.
 *
 * They serve one connection after another, and wait for what they do meanwhile: workers of a pool,
 * and no event loops.
 */
#ifndef CONCADVISE_ACCEPTOR_H
#define CONCADVISE_ACCEPTOR_H

struct meaning;

/* Fills x->acceptors, for each thread; their waits in epoll become waits for a connection on a
 * listening socket. Needs x->states and x->endpoints. */
void acceptor_find(struct meaning *x);

#endif
