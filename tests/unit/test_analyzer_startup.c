/* What worker processes do beside their operations: it is told from them, and another model is not
 * charged with it. */
#include "scene.h"

#define WORKERS 4
#define WAITS 10 /* of a worker, 50 ms each */

static double wall_s(const struct profile *p, enum model m)
{
	return p->predictions[m].wall_s;
}

/* A worker that is forked at 0.1 s; its first operation computes longer than the others' 2 ms. */
static void scene_worker(struct measurement *m, int pid, double first_s, double last_s)
{
	size_t process = scene_process(m, pid, 7);
	double cpu_s = first_s + 0.002 * WAITS + last_s, at_s = 0.102 + first_s;
	size_t thread = scene_thread(m, process, pid, cpu_s);
	size_t wait = scene_file_wait(m, thread, "recvfrom",
		scene_socket(m, "127.0.0.1:40000", "10.0.0.1:80"), 0.05 * WAITS, WAITS);

	scene_runtime(m, process, "cpython", true);
	m->threads[thread].started = m->processes[process].started = true;
	m->threads[thread].start_ns = m->processes[process].start_ns = (int64_t)SCENE_NS(0.1);
	for (int i = 0; i < WAITS; i++, at_s += 0.052)
		scene_segment(m, wait, at_s, 0.05)->cpu_before_ns =
			SCENE_NS(0.002 + (i == 0 ? first_s : 0));
	m->threads[thread].end_ns = (int64_t)SCENE_NS(at_s + last_s);
	m->processes[process].end_ns = (int64_t)SCENE_NS(at_s + last_s);
}

static struct measurement *scene_pool(double first_s, double last_s, double end_s)
{
	struct measurement *m = scene_new(0.65 + first_s + last_s + end_s);
	size_t parent = scene_process(m, 7, 1), thread = scene_thread(m, parent, 7, 0.1 + end_s);
	double waits_s = 0.53 + first_s + last_s;

	scene_runtime(m, parent, "cpython", true);
	scene_segment(m, scene_wait(m, thread, "wait4", waits_s, 1), 0.1, waits_s)->cpu_before_ns =
		SCENE_NS(0.1);
	for (int i = 0; i < WORKERS; i++)
		scene_worker(m, 8 + i, first_s, last_s);
	return m;
}

/* Of one thread, which has no other costs. */
static double one_by_one_s(double first_s, double last_s)
{
	struct measurement *m = scene_pool(first_s, last_s, 0);
	struct profile *p = scene_profile(m);
	double s = wall_s(p, MODEL_SEQUENTIAL);

	assert_int_equal(p->work.model, MODEL_PROCESSES);
	scene_end(m, p);
	return s;
}

static void a_longer_first_operation_is_start_up(void **state)
{
	double usual_s = one_by_one_s(0, 0);

	(void)state;
	assert_near(one_by_one_s(0.08, 0), usual_s, 0.01);
	assert_near(one_by_one_s(0, 0.04), usual_s, 0.01);
}

/* As many processes as there are now take what they took; they begin anew each. */
static void processes_are_not_spared_it(void **state)
{
	struct measurement *m = scene_pool(0.08, 0, 0);
	struct profile *p = scene_profile(m);

	(void)state;
	assert_near(wall_s(p, MODEL_PROCESSES), p->wall_s, 0.001);
	assert_true(wall_s(p, MODEL_HYBRID) > wall_s(p, MODEL_THREADS) + 0.07);
	scene_end(m, p);
}

/* Workers with one operation each: what the machine takes to copy their memory is all there is to
 * go by, and no more than half of what they computed. */
static double threads_by_estimate_s(uint64_t copy_ns_per_mib)
{
	struct measurement *m = scene_new(1.3);
	size_t parent = scene_process(m, 7, 1);
	struct profile *p;
	double s;

	m->host.copy_ns_per_mib = copy_ns_per_mib;
	scene_runtime(m, parent, "cpython", true);
	scene_thread(m, parent, 7, 0.01);
	for (int i = 0; i < WORKERS; i++) {
		size_t child = scene_process(m, 8 + i, 7);
		size_t thread = scene_thread(m, child, 8 + i, 0.2);
		size_t wait = scene_file_wait(m, thread, "recvfrom",
			scene_socket(m, "127.0.0.1:40000", "10.0.0.1:80"), 1, 1);

		scene_runtime(m, child, "cpython", true);
		m->threads[thread].started = m->processes[child].started = true;
		scene_segment(m, wait, 0.2, 1)->cpu_before_ns = SCENE_NS(0.2);
	}
	p = scene_profile(m);
	s = wall_s(p, MODEL_THREADS);
	scene_end(m, p);
	return s;
}

static void a_single_operation_is_estimated(void **state)
{
	double cheap_s = threads_by_estimate_s(100000), dear_s = threads_by_estimate_s(10000000);

	(void)state;
	/* 48 ms of each worker's 200 ms, which threads do one after the other. */
	assert_between(cheap_s - dear_s, 0.17, 0.25);
	/* Half of it, and 0.7 MiB that the parent copied before the first of them began. */
	assert_near(dear_s - threads_by_estimate_s(100000000),
		4 * (0.1 - 0.049) + 0.7 * (0.1 - 0.01), 0.03);
}

/* Workers of Node, each an engine of its own, that compute 0.2 s. Threads have a loop if they are
 * workers; without one they are helpers of the engine. */
static double engines_one_by_one_s(enum model model, bool loops)
{
	struct measurement *m = scene_new(0.5);
	size_t parent = scene_process(m, 7, 1);
	struct profile *p;
	double s;

	m->host.arithmetic_ns = 152000; /* as fast as where that was measured */
	scene_runtime(m, parent, "node", false);
	scene_thread(m, parent, 7, 0.01);
	for (int i = 0; i < WORKERS; i++) {
		size_t process = parent, thread;

		if (model == MODEL_PROCESSES) {
			process = scene_process(m, 8 + i, 7);
			m->processes[process].started = true;
			scene_runtime(m, process, "node", false);
		}
		thread = scene_thread(m, process, 8 + i, 0.2);
		m->threads[thread].started = true;
		m->threads[thread].start_ns = (int64_t)SCENE_NS(0.05);
		m->threads[thread].faults = 100; /* hardly any memory was copied */
		m->threads[thread].loop.polls = loops;
	}
	p = scene_profile(m);
	assert_int_equal(p->work.model, model);
	assert_near(wall_s(p, model), p->wall_s, 0.001);
	s = wall_s(p, MODEL_SEQUENTIAL);
	scene_end(m, p);
	return s;
}

static void an_engine_of_its_own_is_started_once(void **state)
{
	double bare_s = engines_one_by_one_s(MODEL_THREADS, false);

	(void)state;
	assert_near(bare_s - engines_one_by_one_s(MODEL_THREADS, true), WORKERS * 0.026, 0.01);
	assert_near(bare_s - engines_one_by_one_s(MODEL_PROCESSES, true), WORKERS * 0.064, 0.03);
}

/* The first process writes its memory again when its workers are gone. */
static void the_end_is_spared_too(void **state)
{
	double ends_s[2];

	(void)state;
	for (int dear = 0; dear < 2; dear++) {
		struct measurement *m = scene_pool(0, 0, 0.1);
		struct profile *p;

		m->host.copy_ns_per_mib = dear ? 10000000 : 100000;
		p = scene_profile(m);
		ends_s[dear] = wall_s(p, MODEL_THREADS);
		scene_end(m, p);
	}
	assert_between(ends_s[0] - ends_s[1], 0.02, 0.06);
}

/* Threads of the first process that feed a pool compute for the pool. */
static void a_pool_is_fed_for_itself(void **state)
{
	struct measurement *m = scene_pool(0, 0, 0);
	struct profile *p = scene_profile(m);
	double unfed_s = wall_s(p, MODEL_SEQUENTIAL);

	(void)state;
	profile_free(p);
	scene_thread(m, 0, 90, 0.1);
	p = scene_profile(m);
	assert_near(wall_s(p, MODEL_SEQUENTIAL), unfed_s, 0.01);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_longer_first_operation_is_start_up),
		cmocka_unit_test(processes_are_not_spared_it),
		cmocka_unit_test(a_single_operation_is_estimated),
		cmocka_unit_test(an_engine_of_its_own_is_started_once),
		cmocka_unit_test(the_end_is_spared_too),
		cmocka_unit_test(a_pool_is_fed_for_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
