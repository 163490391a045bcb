/* Page faults that a fork is the reason for: another model is not charged with them. */
#include "scene.h"

#define WORKERS 4
#define WAITS 10 /* of a worker, 50 ms each */
#define OPERATION_S 0.002
#define FAULT_S 50e-6 /* 12.8 ms a MiB */

/* What a pool pays for sharing its memory, by the faults that the kernel counts. */
struct copies {
	uint64_t first, fifth; /* of a worker's operations */
	uint64_t each;         /* of all operations: their own */
	uint64_t parent;       /* of the first thread, meanwhile */
	uint64_t ending;       /* and at the end */
};

static uint64_t worker_faults(const struct copies *c, int i)
{
	return c->each + (i == 0 ? c->first : i == 4 ? c->fifth : 0);
}

static double worker_end_s(const struct copies *c)
{
	return 0.1 + WAITS * 0.052 + (double)(c->first + c->fifth + WAITS * c->each) * FAULT_S;
}

static void worker_add(struct measurement *m, int pid, const struct copies *c)
{
	size_t process = scene_process(m, pid, 7);
	size_t thread = scene_thread(m, process, pid, worker_end_s(c) - 0.1 - WAITS * 0.05);
	size_t wait = scene_file_wait(m, thread, "recvfrom",
		scene_socket(m, "127.0.0.1:40000", "10.0.0.1:80"), 0.05 * WAITS, WAITS);
	double at_s = 0.1;

	scene_runtime(m, process, "cpython", true);
	m->threads[thread].started = m->processes[process].started = true;
	m->threads[thread].start_ns = m->processes[process].start_ns = (int64_t)SCENE_NS(0.1);
	for (int i = 0; i < WAITS; i++) {
		double cpu_s = OPERATION_S + (double)worker_faults(c, i) * FAULT_S;
		struct measured_segment *s = scene_segment(m, wait, at_s + cpu_s, 0.05);

		s->cpu_before_ns = SCENE_NS(cpu_s);
		s->faults_before = (uint32_t)worker_faults(c, i);
		m->threads[thread].faults += s->faults_before;
		at_s += cpu_s + 0.05;
	}
	m->threads[thread].end_ns = m->processes[process].end_ns = (int64_t)SCENE_NS(at_s);
}

/* The first thread computes 0.1 s until it forks, something meanwhile, and something at the end. */
static struct measurement *pool(const struct copies *c)
{
	double begun_s = (double)c->parent * FAULT_S, until_s = worker_end_s(c);
	double ending_s = (double)c->ending * FAULT_S;
	struct measurement *m = scene_new(until_s + ending_s);
	size_t parent = scene_process(m, 7, 1);
	size_t thread = scene_thread(m, parent, 7, 0.1 + begun_s + ending_s);
	struct measured_segment *s;

	m->host.copy_ns_per_mib = (uint64_t)SCENE_NS(FAULT_S * 256);
	scene_runtime(m, parent, "cpython", true);
	s = scene_segment(m, scene_wait(m, thread, "wait4", until_s - 0.1 - begun_s, 1),
		0.1 + begun_s, until_s - 0.1 - begun_s);
	s->cpu_before_ns = SCENE_NS(0.1 + begun_s);
	/* Whose faults in a stretch of computing are which is told by their share in it. */
	s->faults_before = (uint32_t)c->parent;
	m->threads[thread].faults = 1 + c->parent + c->ending;
	for (int i = 0; i < WORKERS; i++)
		worker_add(m, 8 + i, c);
	return m;
}

static double sequential_s(struct copies c)
{
	struct measurement *m = pool(&c);
	struct profile *p = scene_profile(m);
	double s = p->predictions[MODEL_SEQUENTIAL].wall_s;

	assert_int_equal(p->work.model, MODEL_PROCESSES);
	scene_end(m, p);
	return s;
}

/* A collector of garbage that runs in the fifth operation copies as the first one did. */
static void what_workers_copy_is_their_own(void **state)
{
	double bare_s = sequential_s((struct copies){0});

	(void)state;
	assert_near(sequential_s((struct copies){.first = 700}), bare_s, 0.01);
	assert_near(sequential_s((struct copies){.first = 700, .fifth = 300}), bare_s, 0.01);
}

/* What all operations touch they would touch anywhere. */
static void what_operations_touch_is_work(void **state)
{
	double bare_s = sequential_s((struct copies){0});

	(void)state;
	assert_near(sequential_s((struct copies){.each = 20}) - bare_s,
		WORKERS * WAITS * 20 * FAULT_S, 0.005);
	assert_near(sequential_s((struct copies){.first = 700, .each = 20}) - bare_s,
		WORKERS * WAITS * 20 * FAULT_S, 0.01);
}

static void the_first_process_shares_too(void **state)
{
	double bare_s = sequential_s((struct copies){0});

	(void)state;
	/* At the end a page has one owner again: 0.7 of what copying it takes. */
	assert_near(sequential_s((struct copies){.ending = 2000}) - bare_s, 0.03, 0.005);
}

/* It pays for each process that is forked; as many as there are take what they took. */
static void processes_are_not_spared_it(void **state)
{
	struct copies c = {.first = 700, .fifth = 300, .ending = 1000};
	struct measurement *m = pool(&c);
	struct profile *p = scene_profile(m);

	(void)state;
	assert_near(p->predictions[MODEL_PROCESSES].wall_s, p->wall_s, 0.001);
	assert_true(
		p->predictions[MODEL_HYBRID].wall_s > p->predictions[MODEL_THREADS].wall_s + 0.04);
	scene_end(m, p);
}

/* How processes would do the operations of a sequential program that write to new memory. */
static struct prediction processes_of(const char *runtime, uint32_t faults)
{
	struct measurement *m = scene_new(WAITS * 0.06);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, WAITS * 0.01);
	size_t wait = scene_file_wait(m, thread, "recvfrom",
		scene_socket(m, "127.0.0.1:40000", "10.0.0.1:80"), 0.05 * WAITS, WAITS);
	struct prediction row;
	struct profile *p;

	scene_runtime(m, process, runtime, true);
	m->host.touch_ns_per_mib = 2000000;
	m->host.pass_ns_per_mib = 1000000;
	for (int i = 0; i < WAITS; i++) {
		struct measured_segment *at = scene_segment(m, wait, 0.01 + i * 0.06, 0.05);

		at->cpu_before_ns = SCENE_NS(0.01);
		at->faults_before = faults;
		m->threads[thread].faults += faults;
	}
	p = scene_profile(m);
	row = p->predictions[MODEL_PROCESSES];
	scene_end(m, p);
	return row;
}

static double slowest_s(const struct prediction *row)
{
	return row->wall_s * row->speedup / row->speedup_low;
}

/* It is assumed to be none, but the range has room for it: 10 times 4 MiB, 2 x 1 ms and 3 x 2 ms
 * for each, one result at a time. */
static void what_is_touched_may_be_results(void **state)
{
	struct prediction none = processes_of("cpython", 0), some = processes_of("cpython", 1024);
	struct prediction native = processes_of("native", 1024);

	(void)state;
	assert_near(some.costs.results_s, 0, 1e-9);
	assert_between(some.wall_s, none.wall_s, none.wall_s + 0.02);
	assert_between(slowest_s(&some), slowest_s(&none) + 0.2, slowest_s(&none) + 0.4);
	assert_between(slowest_s(&native), native.wall_s, slowest_s(&none) + 0.05);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_workers_copy_is_their_own),
		cmocka_unit_test(what_operations_touch_is_work),
		cmocka_unit_test(the_first_process_shares_too),
		cmocka_unit_test(processes_are_not_spared_it),
		cmocka_unit_test(what_is_touched_may_be_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
