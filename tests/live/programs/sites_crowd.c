/*
 * sites_crowd: many threads that each go through all of 1,024 different chains of calls, ten deep,
 * and sleep or compute for a moment at the end of each.
 *
 * Usage: sites_crowd THREADS SECONDS
 */
#include "truth.h"

#define DEPTH 10

static double end_s;

static __attribute__((noinline)) int right(unsigned path, int depth);

static __attribute__((noinline)) int left(unsigned path, int depth)
{
	if (depth == 0)
		return usleep(50000 + path);
	return (path & 1 ? left(path >> 1, depth - 1) : right(path >> 1, depth - 1)) + 1;
}

static __attribute__((noinline)) int right(unsigned path, int depth)
{
	volatile int sum = 0;

	if (depth == 0) {
		for (int i = 0; i < 20000; i++)
			sum += i;
		return sum;
	}
	return (path & 1 ? left(path >> 1, depth - 1) : right(path >> 1, depth - 1)) + 2;
}

static void *run(void *argument)
{
	unsigned path = *(unsigned *)argument;
	long sum = 0;

	while (clock_s(CLOCK_MONOTONIC) < end_s)
		sum += left(path++ % (1 << DEPTH), DEPTH);
	*(volatile unsigned *)argument = (unsigned)sum;
	return NULL;
}

int main(int argc, char **argv)
{
	int count = argc == 3 ? atoi(argv[1]) : 0;
	pthread_t *threads = calloc(count, sizeof *threads);
	unsigned *first = calloc(count, sizeof *first);

	fail_if(!threads || !first, "usage: sites_crowd THREADS SECONDS");
	end_s = clock_s(CLOCK_MONOTONIC) + atof(argv[2]);
	for (int i = 0; i < count; i++) {
		first[i] = i * 7;
		threads[i] = thread_start(run, &first[i]);
	}
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
