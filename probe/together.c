/*
 * together: a thread on each of as many CPUs as the target may use does the same piece of work;
 * first one of them alone, then all.
 *
 * Timed is each thread's CPU time, so that waiting for a CPU on a busy machine does not count. Of
 * each the least of a few pieces, as elsewhere (cost.c). CPUs that share a core, a cache, a memory
 * bus or the power of a package get in each other's way; how much, no program tells beforehand.
 */
#include "together.h"

#include "measurement.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS_MOST 256
#define PIECES 4
#define COMPUTE_STEPS 400000   /* about a millisecond of dependent and independent arithmetic */
#define MEMORY_BYTES (4 << 20) /* beyond the caches that a core has to itself */
#define THOUSANDTHS 1000

typedef void (*piece_fn)(void *memory);

struct crew {
	piece_fn piece;
	atomic_bool started;
};

struct member {
	struct crew *crew;
	int cpu;
	int64_t least_ns; /* of one piece; INT64_MAX: it could not run */
};

static void piece_compute(void *unused)
{
	volatile uint64_t sink;
	uint64_t a = 1, b = 2, c = 3;

	(void)unused;
	for (uint32_t i = 0; i < COMPUTE_STEPS; i++) {
		a = a * 6364136223846793005 + i;
		b ^= a >> 33;
		c += b << 1;
	}
	sink = a ^ b ^ c;
	(void)sink;
}

static void piece_memory(void *memory)
{
	memmove(memory, (char *)memory + MEMORY_BYTES / 2, MEMORY_BYTES / 2);
	memset((char *)memory + MEMORY_BYTES / 2, 1, MEMORY_BYTES / 2);
}

static int64_t thread_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void cpu_bind(int cpu)
{
	cpu_set_t only;

	CPU_ZERO(&only);
	CPU_SET(cpu, &only);
	sched_setaffinity(0, sizeof(only), &only);
}

static void *member_work(void *context)
{
	struct member *m = context;
	void *memory = malloc(MEMORY_BYTES);

	cpu_bind(m->cpu);
	if (memory)
		m->crew->piece(memory); /* caches and page tables are filled */
	while (!atomic_load(&m->crew->started))
		; /* all of them run when the work begins */
	for (int i = 0; i < PIECES && memory; i++) {
		int64_t begun = thread_ns(), ns;

		m->crew->piece(memory);
		ns = thread_ns() - begun;
		m->least_ns = ns < m->least_ns ? ns : m->least_ns;
	}
	free(memory);
	return NULL;
}

/* The mean of all members' least, in ns; 0: not all could run. */
static double crew_work(const int *cpus, int count, piece_fn piece)
{
	struct crew crew = {.piece = piece};
	struct member members[THREADS_MOST];
	pthread_t threads[THREADS_MOST];
	double sum = 0;
	int started = 0;

	for (; started < count; started++) {
		members[started] = (struct member){&crew, cpus[started], INT64_MAX};
		if (pthread_create(&threads[started], NULL, member_work, &members[started]) != 0)
			break;
	}
	atomic_store(&crew.started, true);
	for (int i = 0; i < started; i++) {
		pthread_join(threads[i], NULL);
		sum += (double)members[i].least_ns;
	}
	return started == count && sum < (double)INT64_MAX ? sum / count : 0;
}

static int speed_find(const int *cpus, int count, piece_fn piece)
{
	double alone_ns = crew_work(cpus, 1, piece), all_ns = crew_work(cpus, count, piece);
	int speed;

	if (alone_ns <= 0 || all_ns <= 0)
		return 0;
	speed = (int)(THOUSANDTHS * alone_ns / all_ns);
	return speed < 1 ? 1 : speed > THOUSANDTHS ? THOUSANDTHS : speed;
}

/* As many CPUs as the target could use at once; 0: not known. */
static int cpus_usable(const struct measured_host *h)
{
	double cpus = h->cpus_allowed;

	if (h->cpu_quota < cpus) /* false for NAN */
		cpus = ceil(h->cpu_quota);
	return cpus < THREADS_MOST ? (int)cpus : THREADS_MOST;
}

static int cpus_list(int *cpus, int most)
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

void together_measure(struct measured_host *ret)
{
	int cpus[THREADS_MOST], count = cpus_list(cpus, cpus_usable(ret));

	if (count < 2)
		return;
	ret->compute_together = speed_find(cpus, count, piece_compute);
	ret->memory_together = speed_find(cpus, count, piece_memory);
}
