/*
 * ping_pong: two threads that hand a byte to and fro through two pipes, in waits far too short to
 * be looked at one by one.
 *
 * Usage: ping_pong ROUND_TRIPS
 */
#include "threads.h"

static int round_trips;
static int ends[2][2];

static void work(int number)
{
	char byte = 'x';

	for (int i = 0; i < round_trips; i++) {
		if (number == 0)
			fail_if(write(ends[0][1], &byte, 1) != 1, "write");
		fail_if(read(ends[number == 0][0], &byte, 1) != 1, "read");
		if (number == 1)
			fail_if(write(ends[1][1], &byte, 1) != 1, "write");
	}
}

int main(int argc, char **argv)
{
	if (argc != 2 || pipe(ends[0]) != 0 || pipe(ends[1]) != 0)
		return 2;
	round_trips = atoi(argv[1]);
	workers_run(2, work);
	return 0;
}
