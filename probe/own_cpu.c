/*
 * own_cpu: affinity and CPU time of the calling thread.
 */
#include "own_cpu.h"

#include "affinity.h"

#include <stdbool.h>
#include <time.h>

int own_cpu_list(int *cpus, int most)
{
	cpu_set_t allowed;
	int count = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return 0;
	for (int cpu = 0; cpu < CPU_SETSIZE && count < most; cpu++)
		if (CPU_ISSET(cpu, &allowed))
			cpus[count++] = cpu;
	return count;
}

void own_cpu_bind(int cpu)
{
	cpu_set_t only;

	CPU_ZERO(&only);
	CPU_SET(cpu, &only);
	sched_setaffinity(0, sizeof(only), &only);
}

/* What it might use before it kept off some. */
static struct {
	bool away;
	cpu_set_t cpus;
} home;

void own_cpu_keep_off(const int *pids, size_t count)
{
	cpu_set_t left, theirs;

	if (home.away || sched_getaffinity(0, sizeof(home.cpus), &home.cpus) < 0)
		return;
	affinity_of(pids, count, &theirs);
	CPU_AND(&theirs, &theirs, &home.cpus);
	CPU_XOR(&left, &home.cpus, &theirs);
	home.away = CPU_COUNT(&left) > 0 && !CPU_EQUAL(&left, &home.cpus) &&
		    sched_setaffinity(0, sizeof(left), &left) == 0;
}

void own_cpu_return(void)
{
	if (home.away)
		sched_setaffinity(0, sizeof(home.cpus), &home.cpus);
	home.away = false;
}

int64_t own_cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}
