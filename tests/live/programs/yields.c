/*
 * yields: two threads on each CPU that give it up to each other all the time, several hundred
 * thousand times a second.
 *
 * Usage: yields SECONDS
 */
#define _GNU_SOURCE
#include "threads.h"

#include <sched.h>

#define CPUS_MOST 16

static double end_s;
static int cpus[CPUS_MOST], cpus_count;

static void work(int number)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpus[number / 2], &one);
	fail_if(sched_setaffinity(0, sizeof one, &one) != 0, "sched_setaffinity");
	while (clock_s(CLOCK_MONOTONIC) < end_s)
		for (int i = 0; i < 100; i++)
			sched_yield();
}

static void cpus_find(void)
{
	cpu_set_t usable;

	fail_if(sched_getaffinity(0, sizeof usable, &usable) != 0, "sched_getaffinity");
	for (int i = 0; i < CPU_SETSIZE && cpus_count < CPUS_MOST; i++)
		if (CPU_ISSET(i, &usable))
			cpus[cpus_count++] = i;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	cpus_find();
	end_s = clock_s(CLOCK_MONOTONIC) + atof(argv[1]);
	workers_run(2 * cpus_count, work);
	return 0;
}
