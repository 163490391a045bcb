/*
 * busy_poll: asks a socket again and again whether there is anything, and never sleeps.
 *
 * Usage: busy_poll SECONDS
 */
#include "truth.h"

#include <sys/socket.h>

int main(int argc, char **argv)
{
	int pair[2];
	char byte;
	double end = clock_s(CLOCK_MONOTONIC) + (argc > 1 ? atof(argv[1]) : 2);

	fail_if(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0, "socketpair");
	while (clock_s(CLOCK_MONOTONIC) < end)
		fail_if(recv(pair[0], &byte, 1, MSG_DONTWAIT) > 0, "recv");
	return 0;
}
