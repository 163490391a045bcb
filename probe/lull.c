/*
 * lull: a thread on each of a few CPUs reads its memory until it is in the caches, sleeps, and
 * reads it again, time and again.
 *
 * Of each length the mean counts. Who takes the caches, the other programs of a machine and of its
 * host, comes and goes: of one length most lulls may cost next to nothing and every fourth nearly
 * a millisecond, and a program that has a hundred of them pays for all. Left out is a tenth at
 * either end, for a hypervisor may take away the CPU itself.
 */
#include "lull.h"

#include "cache_ring.h"
#include "measurement.h"
#include "own_cpu.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define NS_PER_MS INT64_C(1000000)
#define CPUS_MOST 4
#define ROUNDS_MOST 8
#define SAMPLES_MOST (CPUS_MOST * ROUNDS_MOST)
#define BUDGET_SHARE 4 /* of the window, one part in so many */
#define BUDGET_NS (400 * NS_PER_MS)
#define WARMINGS 1
/* To go round cold and twice warm: for each line 0.2 us, as from memory, and a quarter of that. */
#define READING_NS (INT64_C(250) * CACHE_RING_LINES)
#define TRIM_PARTS 10 /* one in so many is left out at either end */
/* So many waits are several: fewer lulls add a few milliseconds to the run at most. */
#define WAITS_LEAST 8

/* Up to the first of these, what a lull costs rises with its length (docs/lulls.md). */
static const int64_t lengths_ns[] = {30 * NS_PER_MS, 100 * NS_PER_MS};
#define LENGTHS (sizeof(lengths_ns) / sizeof(lengths_ns[0]))

/* How often each length is timed. */
struct plan {
	size_t rounds[LENGTHS]; /* 0: not at all */
};

struct sleeper {
	int cpu;
	const struct plan *plan;
	size_t samples[LENGTHS];
	int64_t extra_ns[LENGTHS][ROUNDS_MOST];
};

static int64_t extra_ns(const struct cache_line *ring, int64_t idle_ns)
{
	const struct timespec idle = {.tv_nsec = idle_ns};
	int64_t warm_ns = INT64_MAX;

	for (int i = 0; i <= WARMINGS; i++) {
		int64_t ns = cache_ring_read_ns(ring);

		warm_ns = ns < warm_ns ? ns : warm_ns;
	}
	clock_nanosleep(CLOCK_MONOTONIC, 0, &idle, NULL);
	return cache_ring_read_ns(ring) - warm_ns;
}

static void *sleeper_work(void *context)
{
	struct sleeper *s = context;
	struct cache_line *ring = cache_ring_new();

	own_cpu_bind(s->cpu);
	for (size_t round = 0; ring && round < ROUNDS_MOST; round++)
		for (size_t i = 0; i < LENGTHS; i++)
			if (round < s->plan->rounds[i])
				s->extra_ns[i][s->samples[i]++] = extra_ns(ring, lengths_ns[i]);
	cache_ring_free(ring);
	return NULL;
}

/* On as many of the CPUs that the target may use. Returns how many there are. */
static size_t sleepers_place(struct sleeper *all, const struct plan *plan)
{
	int cpus[CPUS_MOST], count = own_cpu_list(cpus, CPUS_MOST);

	for (int i = 0; i < count; i++)
		all[i] = (struct sleeper){.cpu = cpus[i], .plan = plan};
	return (size_t)count;
}

static void sleepers_run(struct sleeper *all, size_t count)
{
	pthread_t threads[CPUS_MOST];
	size_t started = 0;

	while (started < count &&
		pthread_create(&threads[started], NULL, sleeper_work, &all[started]) == 0)
		started++;
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
}

static int ns_compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Of those between the ends; n > 0. */
static int64_t trimmed_mean_ns(int64_t *samples, size_t n)
{
	size_t out = n / TRIM_PARTS;
	int64_t sum = 0;

	qsort(samples, n, sizeof(*samples), ns_compare);
	for (size_t i = out; i < n - out; i++)
		sum += samples[i];
	return sum / (int64_t)(n - 2 * out);
}

/* What a lull of this length costs; 0: none was timed. */
static int64_t cost_ns(const struct sleeper *all, size_t count, size_t length)
{
	int64_t samples[SAMPLES_MOST], mean_ns = 0;
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < all[i].samples[length]; k++)
			samples[n++] = all[i].extra_ns[length][k];
	if (n > 0)
		mean_ns = trimmed_mean_ns(samples, n);
	return mean_ns > 0 ? mean_ns : 0;
}

/* Lengths to time: as long as enough waits are longer than the length before. */
static size_t lengths_of_use(const struct measurement *m)
{
	size_t lengths = 0;

	for (; lengths < LENGTHS; lengths++) {
		int64_t beyond_ns = lengths ? lengths_ns[lengths - 1] : 0;
		size_t waits = 0;

		for (size_t i = 0; i < m->segments_count && waits < WAITS_LEAST; i++)
			waits += (int64_t)m->segments[i].wait_ns > beyond_ns;
		if (waits < WAITS_LEAST)
			break;
	}
	return lengths;
}

/* All lengths get as much time; what one has no use for goes to those after it. */
static struct plan plan_of_use(const struct measurement *m, size_t lengths)
{
	int64_t left_ns = (int64_t)(m->wall_ns / BUDGET_SHARE);
	struct plan plan = {{0}};

	left_ns = left_ns < BUDGET_NS ? left_ns : BUDGET_NS;
	for (size_t i = 0; i < lengths; i++) {
		int64_t each_ns = lengths_ns[i] + READING_NS;
		int64_t rounds = left_ns / (int64_t)(lengths - i) / each_ns;

		plan.rounds[i] = (size_t)(rounds < 1             ? 1
					  : rounds > ROUNDS_MOST ? ROUNDS_MOST
								 : rounds);
		left_ns -= (int64_t)plan.rounds[i] * each_ns;
	}
	return plan;
}

void lull_measure(struct measurement *m)
{
	size_t lengths = lengths_of_use(m), count;
	struct plan plan = plan_of_use(m, lengths);
	struct sleeper sleepers[CPUS_MOST];

	if (lengths == 0)
		return;
	count = sleepers_place(sleepers, &plan);
	sleepers_run(sleepers, count);
	for (size_t i = 0; i < lengths && count > 0; i++) {
		struct measured_lull *row = measurement_add_lull(m);

		if (!row)
			return;
		row->idle_ns = (uint64_t)lengths_ns[i];
		row->extra_ns = (uint64_t)cost_ns(sleepers, count, i);
	}
}
