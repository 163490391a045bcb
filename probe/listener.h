/*
 * listener: on which sockets the measured processes listen.
 *
 * An event loop waits in epoll, behind which its sockets do not show; that it listens tells a
 * server from a client. Taken from /proc, so only of processes that still run.
 */
#ifndef CONCADVISE_LISTENER_H
#define CONCADVISE_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

struct measurement;

/*
 * Appends a listening row for each TCP or UNIX socket on which a process listens; one that is
 * listed already is not added again. What cannot be read (a process that is just gone, another
 * user's) is left out. Returns 0 or -ENOMEM.
 */
int listener_note(struct measurement *m, int pid);

/* Whether that is a socket of such a row. */
bool listener_is_noted(const struct measurement *m, uint64_t inode);

#endif
