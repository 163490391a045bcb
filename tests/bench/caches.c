/*
 * bench-caches: what a CPU's idling costs the one that reads 2 MiB after it, alone and while
 * another CPU uses the same memory: does so in the middle of each lull, or all along.
 *
 * Usage: bench-caches; needs two CPUs. Tells medians of rounds in turn, in microseconds of CPU
 * time.
 */
#include "probe/cache_ring.h"
#include "probe/own_cpu.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LULLS 20 /* of a round, of each kind */
#define ROUNDS 7
#define NS_PER_MS 1000000L

enum other { ALONE, BETWEEN, BUSY, OTHERS };

static struct cache_line *ring;
static int cpus[2];
static _Atomic int other_does;
static _Atomic long idle_ms;

static void idle(long ms)
{
	clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = ms * NS_PER_MS}, NULL);
}

static void *other_run(void *context)
{
	own_cpu_bind(cpus[1]);
	for (;;) {
		if (other_does != BUSY)
			idle(idle_ms / 2);
		if (other_does != ALONE)
			cache_ring_read_ns(ring);
		if (other_does == BETWEEN)
			idle(idle_ms / 2);
	}
	return context;
}

/* The mean of a round. */
static double lull_us(void)
{
	double sum_ns = 0;

	for (int i = 0; i < LULLS; i++) {
		int64_t warm_ns;

		cache_ring_read_ns(ring);
		warm_ns = cache_ring_read_ns(ring);
		idle(idle_ms);
		sum_ns += (double)(cache_ring_read_ns(ring) - warm_ns);
	}
	return sum_ns / LULLS / 1000;
}

static int us_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void length_tell(long ms)
{
	double us[OTHERS][ROUNDS];

	idle_ms = ms;
	for (int round = 0; round < ROUNDS; round++)
		for (int does = ALONE; does < OTHERS; does++) {
			other_does = does;
			idle(ms);
			us[does][round] = lull_us();
		}
	printf("| %ld ms |", ms);
	for (int does = ALONE; does < OTHERS; does++) {
		qsort(us[does], ROUNDS, sizeof(us[does][0]), us_compare);
		printf(" %.0f us |", us[does][ROUNDS / 2]);
	}
	puts("");
}

int main(void)
{
	static const long lengths_ms[] = {10, 20, 30, 50};
	pthread_t other;

	ring = cache_ring_new();
	if (!ring || own_cpu_list(cpus, 2) < 2 || pthread_create(&other, NULL, other_run, NULL)) {
		fputs("bench-caches: there are no two CPUs, or no memory\n", stderr);
		return 1;
	}
	own_cpu_bind(cpus[0]);
	puts("| after | alone | another between | another all along |");
	puts("| --- | ---: | ---: | ---: |");
	for (size_t i = 0; i < sizeof(lengths_ms) / sizeof(lengths_ms[0]); i++)
		length_tell(lengths_ms[i]);
	return 0;
}
