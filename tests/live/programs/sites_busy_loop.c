/*
 * sites_busy_loop: an event loop in C whose files are always ready, so that it never sleeps, and
 * whose handler computes a little for each.
 *
 * Usage: sites_busy_loop SECONDS
 */
#include "truth.h"

#include <sys/epoll.h>

#define FILES 4

static volatile unsigned long total;
static int pipes[FILES][2];

/* Of a pipe: what is read of it is written into it again. */
static __attribute__((noinline)) void answer(const int *ends)
{
	char byte;

	fail_if(read(ends[0], &byte, 1) != 1 || write(ends[1], &byte, 1) != 1, "answer");
	for (int i = 0; i < 5000; i++)
		total += i;
}

static int watched(void)
{
	int epoll = epoll_create1(0);

	for (int i = 0; i < FILES; i++) {
		struct epoll_event event = {.events = EPOLLIN};

		fail_if(pipe(pipes[i]) != 0 || write(pipes[i][1], "x", 1) != 1, "pipe");
		event.data.ptr = pipes[i];
		fail_if(epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[i][0], &event) != 0, "epoll_ctl");
	}
	return epoll;
}

int main(int argc, char **argv)
{
	double end = clock_s(CLOCK_MONOTONIC) + (argc == 2 ? atof(argv[1]) : 1);
	struct epoll_event events[FILES];
	int epoll = watched();

	while (clock_s(CLOCK_MONOTONIC) < end) {
		int count = epoll_wait(epoll, events, FILES, 1000);

		for (int i = 0; i < count; i++)
			answer(events[i].data.ptr);
	}
	return 0;
}
