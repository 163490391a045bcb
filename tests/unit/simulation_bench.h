/*
 * simulation_bench: workloads, and machines to run them, of which nothing is shared or costs
 * anything but what is said, for the tests of the simulation.
 */
#ifndef CONCADVISE_TEST_SIMULATION_BENCH_H
#define CONCADVISE_TEST_SIMULATION_BENCH_H

#include "analyzer/simulation.h"

#include "scene.h"

#define EXACT 1e-9

/* One operation of these steps. */
static inline void put(struct workload *w, const struct step *steps, size_t count)
{
	assert_int_equal(workload_begin(w), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(workload_add(w, steps[i]), 0);
}
#define PUT(w, ...)                                \
	put(w, (const struct step[]){__VA_ARGS__}, \
		sizeof((const struct step[]){__VA_ARGS__}) / sizeof(struct step))

/* So many operations of one step. */
static inline struct workload equal(size_t count, struct step s)
{
	struct workload w = {0};

	for (size_t i = 0; i < count; i++)
		put(&w, &s, 1);
	return w;
}

/* Nothing is shared, nothing costs anything. */
static inline struct machine machine_plain(size_t workers, double cpus)
{
	return (struct machine){
		.cpus = cpus,
		.cores = cpus,
		.speed = 1,
		.together = 1,
		.workers = workers,
		.quantum_s = INFINITY,
	};
}

static inline struct machine machine_locked(size_t workers, double cpus, double quantum_s)
{
	struct machine m = machine_plain(workers, cpus);

	m.executors = 1;
	m.quantum_s = quantum_s;
	return m;
}

/* A worker is an operation's task. */
static inline struct machine machine_loops(size_t loops, size_t tasks, double cpus)
{
	struct machine m = machine_plain(tasks, cpus);

	m.executors = loops;
	m.loop = true;
	return m;
}

static inline double run_agenda(const struct agenda *a, const struct machine *m)
{
	double taken_s = NAN;

	assert_int_equal(simulation_run(a, m, &taken_s), 0);
	return taken_s;
}

/* Every operation once, in order. */
static inline double run(const struct workload *w, struct machine m)
{
	struct agenda a = {.work = w, .count = w->operations_count};

	return run_agenda(&a, &m);
}

#endif
