/* A number cruncher that looks for the longest Collatz chain, range by range.
 * Operations: 32 ranges of about 60 ms of integer computing each.
 * Models: a loop, pthreads that take the next range, forked processes that take every Nth. */
#include <err.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RANGES = 32, RANGE = 300000 };

struct longest {
	uint64_t start;
	uint64_t steps;
	uint64_t total;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int next;
static struct longest found;

static struct longest range_search(int number)
{
	uint64_t first = 1 + (uint64_t)number * RANGE;
	struct longest best = {0};

	for (uint64_t start = first; start < first + RANGE; start++) {
		uint64_t steps = 0;

		for (uint64_t n = start; n != 1; steps++)
			n = n % 2 ? 3 * n + 1 : n / 2;
		best.total += steps;
		if (steps > best.steps) {
			best.steps = steps;
			best.start = start;
		}
	}
	return best;
}

static void longest_merge(struct longest *into, const struct longest *other)
{
	uint64_t total = into->total + other->total;

	if (other->steps > into->steps ||
		(other->steps == into->steps && other->start < into->start))
		*into = *other;
	into->total = total;
}

static void sequential(int workers)
{
	(void)workers;
	for (int i = 0; i < RANGES; i++) {
		struct longest best = range_search(i);

		longest_merge(&found, &best);
	}
}

static void *thread_run(void *unused)
{
	pthread_mutex_lock(&lock);
	while (next < RANGES) {
		int number = next++;
		struct longest best;

		pthread_mutex_unlock(&lock);
		best = range_search(number);
		pthread_mutex_lock(&lock);
		longest_merge(&found, &best);
	}
	pthread_mutex_unlock(&lock);
	return unused;
}

static void threads(int workers)
{
	pthread_t running[workers];

	for (int i = 0; i < workers; i++)
		if (pthread_create(&running[i], NULL, thread_run, NULL))
			errx(1, "pthread_create");
	for (int i = 0; i < workers; i++)
		pthread_join(running[i], NULL);
}

static void processes(int workers)
{
	struct longest best;
	int ends[2];

	if (pipe(ends))
		err(1, "pipe");
	for (int i = 0; i < workers; i++) {
		if (fork())
			continue;
		for (int number = i; number < RANGES; number += workers) {
			best = range_search(number);
			longest_merge(&found, &best);
		}
		_exit(write(ends[1], &found, sizeof(found)) != sizeof(found));
	}
	close(ends[1]);
	while (read(ends[0], &best, sizeof(best)) == sizeof(best))
		longest_merge(&found, &best);
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

int main(int argc, char **argv)
{
	size_t count = sizeof(models) / sizeof(models[0]);

	for (size_t i = 0; i < count; i++) {
		if (argc == 2 && strcmp(argv[1], "--models") == 0)
			printf("%s%c", models[i].name, i + 1 < count ? ' ' : '\n');
		else if (argc == 3 && strcmp(argv[1], models[i].name) == 0)
			models[i].run(atoi(argv[2]));
	}
	if (found.steps)
		printf("%llu takes %llu steps, all %llu\n", (unsigned long long)found.start,
			(unsigned long long)found.steps, (unsigned long long)found.total);
	return argc != 2 && !found.steps;
}
