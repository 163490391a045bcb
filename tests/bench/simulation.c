/*
 * How long the simulation takes: 100,000 operations under an interpreter's lock, in processes and
 * on an event loop; the best and the worst of five runs, in seconds of computing.
 */
#include "analyzer/simulation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define OPERATIONS 100000
#define RUNS 5
#define CPUS 8

static double computed_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* it does not wait */
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A request: a query and what is made of its answer. No two neighbours take the same time. */
static int operation_add(struct workload *w, size_t i)
{
	double odd = (double)(i * 7919 % 1009) / 1009;
	int error = workload_begin(w);

	if (!error)
		error = workload_add(w,
			(struct step){.locked_s = 30e-6 * (1 + odd), .wait_s = 2e-3 * (1 + odd)});
	if (!error)
		error = workload_add(w, (struct step){.locked_s = 50e-6, .free_s = 40e-6 * odd});
	return error;
}

static const struct subject {
	const char *name;
	struct machine machine;
} subjects[] = {
	{"64 threads, one lock",
		{.workers = 64, .executors = 1, .quantum_s = 0.005, .handover_s = 1e-5}},
	{"8 processes", {.workers = 8, .quantum_s = INFINITY, .start_each_s = 0.001}},
	{"an event loop",
		{.workers = OPERATIONS, .executors = 1, .loop = true, .quantum_s = INFINITY}},
};

static int subject_time(const struct subject *s, const struct workload *w)
{
	struct agenda a = {.work = w, .count = w->operations_count};
	struct machine m = s->machine;
	double best_s = INFINITY, worst_s = 0, simulated_s = 0;

	m.cpus = m.cores = CPUS;
	m.speed = m.together = 1;
	for (int i = 0; i < RUNS; i++) {
		double begun_s = computed_s(), taken_s;
		int error = simulation_run(&a, &m, &simulated_s);

		if (error)
			return error;
		taken_s = computed_s() - begun_s;
		best_s = fmin(best_s, taken_s);
		worst_s = fmax(worst_s, taken_s);
	}
	printf("%-22s %8.4f %8.4f   (%.3f s simulated)\n", s->name, best_s, worst_s, simulated_s);
	return 0;
}

int main(void)
{
	struct workload w = {0};
	int error = 0;

	for (size_t i = 0; i < OPERATIONS && !error; i++)
		error = operation_add(&w, i);
	printf("%-22s %8s %8s\n", "100,000 operations", "best", "worst");
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]) && !error; i++)
		error = subject_time(&subjects[i], &w);
	workload_clear(&w);
	if (error)
		fprintf(stderr, "simulation: out of memory\n");
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
