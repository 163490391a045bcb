/*
 * eventpoll: what a process watches with epoll.
 *
 * A loop that is blocked all the time never sleeps in epoll_wait(), so no wait of its own shows it;
 * that the process keeps an epoll with files in it does. And of what a loop has under way nothing
 * shows but the connections that it watches.
 */
#ifndef CONCADVISE_EVENTPOLL_H
#define CONCADVISE_EVENTPOLL_H

struct measurement;

struct eventpoll {
	int files;     /* registered with all epoll instances */
	int sockets;   /* of them, sockets, but UNIX ones without a name, which loops wake
			  themselves by; counted until 8 do not listen */
	int listeners; /* of those, the ones that m has as listening */
};

/* Of a process that runs. Returns 0, or a negative errno if it cannot be read. */
int eventpoll_read(const struct measurement *m, int pid, struct eventpoll *ret);

#endif
