/*
 * together: a thread on each of as many CPUs as the target may use does the same piece of work;
 * first one of them alone, then all.
 *
 * Timed is each thread's CPU time, so that waiting for a CPU on a busy machine does not count. Of
 * each the least of a few pieces, as elsewhere (cost.c). CPUs that share a core, a cache, a memory
 * bus or the power of a package get in each other's way; how much, no program tells beforehand.
 *
 * What a hypervisor takes from a CPU for some milliseconds looks the same, but is no property of
 * the machine: below one, CPUs that got in each other's way are tried again a little later.
 */
#include "together.h"

#include "measurement.h"
#include "own_cpu.h"

#include <cpuid.h>
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
/* Thousandths: what is less than a tenth changes no verdict (analyzer/margin.h). */
#define FREE 900
/* Rounds and pauses take 70 ms: most of a period in which Linux as a hypervisor gives each its
 * share of a CPU (cpu.max: 100 ms unless changed), and no more, for the user waits. */
#define ROUNDS_MOST 4
#define PAUSE_NS 10000000L
#define CPUID_HYPERVISOR (1U << 31) /* leaf 1, ecx: X86_FEATURE_HYPERVISOR of the kernel */

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

static void *member_work(void *context)
{
	struct member *m = context;
	void *memory = malloc(MEMORY_BYTES);

	own_cpu_bind(m->cpu);
	if (memory)
		m->crew->piece(memory); /* caches and page tables are filled */
	while (!atomic_load(&m->crew->started))
		; /* all of them run when the work begins */
	for (int i = 0; i < PIECES && memory; i++) {
		int64_t begun = own_cpu_ns(), ns;

		m->crew->piece(memory);
		ns = own_cpu_ns() - begun;
		m->least_ns = ns < m->least_ns ? ns : m->least_ns;
	}
	free(memory);
	return NULL;
}

/* All members, one a CPU, work once more. Returns whether all of them could. */
static bool crew_work(struct member *members, int count, piece_fn piece)
{
	struct crew crew = {.piece = piece};
	pthread_t threads[THREADS_MOST];
	int started = 0, done = 0;

	for (; started < count; started++) {
		members[started].crew = &crew;
		if (pthread_create(&threads[started], NULL, member_work, &members[started]) != 0)
			break;
	}
	atomic_store(&crew.started, true);
	for (int i = 0; i < started; i++) {
		pthread_join(threads[i], NULL);
		done += members[i].least_ns > 0 && members[i].least_ns < INT64_MAX;
	}
	return done == count;
}

static void members_place(struct member *members, const int *cpus, int count)
{
	for (int i = 0; i < count; i++)
		members[i] = (struct member){.cpu = cpus[i], .least_ns = INT64_MAX};
}

static int speed_of(const struct member *alone, const struct member *all, int count)
{
	double sum_ns = 0;
	int speed;

	for (int i = 0; i < count; i++)
		sum_ns += (double)all[i].least_ns;
	speed = (int)(THOUSANDTHS * (double)alone->least_ns * count / sum_ns);
	return speed < 1 ? 1 : speed > THOUSANDTHS ? THOUSANDTHS : speed;
}

static int rounds_most(void)
{
	unsigned int eax, ebx, ecx, edx;
	bool virtual = __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & CPUID_HYPERVISOR);

	return virtual ? ROUNDS_MOST : 1;
}

/* 0: not all could run. */
static int speed_find(const int *cpus, int count, piece_fn piece)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	struct member alone, all[THREADS_MOST];
	int speed = 0, most = rounds_most();

	members_place(&alone, cpus, 1);
	members_place(all, cpus, count);
	for (int round = 0; round < most && speed < FREE; round++) {
		if (round > 0)
			nanosleep(&pause, NULL);
		if (!crew_work(&alone, 1, piece) || !crew_work(all, count, piece))
			return 0;
		speed = speed_of(&alone, all, count);
	}
	return speed;
}

/* As many CPUs as the target could use at once; 0: not known. */
static int cpus_usable(const struct measured_host *h)
{
	double cpus = h->cpus_allowed;

	if (h->cpu_quota < cpus) /* false for NAN */
		cpus = ceil(h->cpu_quota);
	return cpus < THREADS_MOST ? (int)cpus : THREADS_MOST;
}

void together_measure(struct measured_host *ret)
{
	int cpus[THREADS_MOST], count = own_cpu_list(cpus, cpus_usable(ret));

	if (count < 2)
		return;
	ret->compute_together = speed_find(cpus, count, piece_compute);
	ret->memory_together = speed_find(cpus, count, piece_memory);
}
