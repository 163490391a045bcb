/*
 * eventpoll: how many files a process watches with epoll.
 *
 * A loop that is blocked all the time never sleeps in epoll_wait(), so no wait of its own shows it;
 * that the process keeps an epoll with files in it does.
 */
#ifndef CONCADVISE_EVENTPOLL_H
#define CONCADVISE_EVENTPOLL_H

/* Files registered with all epoll instances of a process that runs; negative errno if it cannot be
 * read. */
int eventpoll_count(int pid);

#endif
