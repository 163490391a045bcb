/* A signal tool that correlates two long recordings at several lags; memory is what it needs.
 * Operations: 192 lags, each of them streams through two arrays of 64 MB in some 10 ms.
 * Models: a loop, pthreads with a share of the lags, forked processes that inherit the arrays. */
#include <err.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LAGS = 192, SAMPLES = 16 << 20 };

struct share {
	int first;
	int step;
};

static uint32_t *left, *right;
static uint64_t *correlations; /* of each lag; shared with children */

static void *memory_map(size_t size)
{
	void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (mapped == MAP_FAILED)
		err(1, "mmap");
	return mapped;
}

static void signals_make(void)
{
	uint32_t noise = 1;

	left = malloc(SAMPLES * sizeof(*left));
	right = malloc(SAMPLES * sizeof(*right));
	correlations = memory_map(LAGS * sizeof(*correlations));
	if (!left || !right)
		err(1, "malloc");
	for (size_t i = 0; i < SAMPLES; i++) {
		noise = noise * 1664525 + 1013904223;
		left[i] = noise >> 20;
		right[i] = (left[i / 3] + (noise & 4095)) / 2;
	}
}

static void lag_correlate(int lag)
{
	uint64_t sum = 0;

	for (size_t i = 0; i + lag * 64 < SAMPLES; i++)
		sum += (uint64_t)left[i] * right[i + lag * 64];
	correlations[lag] = sum;
}

static void *share_correlate(void *work)
{
	const struct share *share = work;

	for (int lag = share->first; lag < LAGS; lag += share->step)
		lag_correlate(lag);
	return NULL;
}

static void sequential(int workers)
{
	(void)workers;
	share_correlate(&(struct share){0, 1});
}

static void threads(int workers)
{
	pthread_t running[workers];
	struct share shares[workers];

	for (int i = 0; i < workers; i++) {
		shares[i] = (struct share){i, workers};
		if (pthread_create(&running[i], NULL, share_correlate, &shares[i]))
			errx(1, "pthread_create");
	}
	for (int i = 0; i < workers; i++)
		pthread_join(running[i], NULL);
}

static void processes(int workers)
{
	for (int i = 0; i < workers; i++) {
		if (fork() == 0) {
			share_correlate(&(struct share){i, workers});
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
}

static const struct {
	const char *name;
	void (*run)(int workers);
} models[] = {
	{"sequential", sequential},
	{"threads", threads},
	{"processes", processes},
};

static int signals_correlate(void (*run)(int workers), int workers)
{
	uint64_t sum = 0;

	signals_make();
	run(workers);
	for (int lag = 0; lag < LAGS; lag++)
		sum = sum * 7 + correlations[lag];
	return printf("%016llx\n", (unsigned long long)sum) < 0;
}

int main(int argc, char **argv)
{
	size_t count = sizeof(models) / sizeof(models[0]);

	for (size_t i = 0; i < count; i++) {
		if (argc == 2 && strcmp(argv[1], "--models") == 0)
			printf("%s%c", models[i].name, i + 1 < count ? ' ' : '\n');
		else if (argc == 3 && strcmp(argv[1], models[i].name) == 0)
			return signals_correlate(models[i].run, atoi(argv[2]));
	}
	return argc != 2;
}
