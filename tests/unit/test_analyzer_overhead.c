/* What a model costs beside the work, on the machine that measured. */
#include "analyzer/overhead.h"
#include "analyzer/workload.h"

#include "scene.h"

static struct measurement *python(uint64_t arithmetic_ns)
{
	struct measurement *m = scene_new(1);
	size_t process = scene_process(m, 7, 1);

	scene_thread(m, process, 7, 0.5);
	scene_runtime(m, process, "cpython", true);
	m->host.arithmetic_ns = arithmetic_ns;
	return m;
}

static struct overhead overhead_on(uint64_t arithmetic_ns, enum model model)
{
	struct measurement *m = python(arithmetic_ns);
	struct profile *p = scene_profile(m);
	struct overhead o = overhead_of(p, model, 0);

	scene_end(m, p);
	return o;
}

/* What a runtime's own code takes is known of one machine. */
static void a_slow_cpu_takes_longer_for_all_of_it(void **state)
{
	static const enum model models[] = {MODEL_THREADS, MODEL_PROCESSES, MODEL_EVENT_LOOP};

	(void)state;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		struct overhead fast = overhead_on(100000, models[i]);
		struct overhead slow = overhead_on(300000, models[i]);

		assert_true(fast.once_s > 0);
		assert_near(slow.once_s, 3 * fast.once_s, 1e-12);
		assert_near(slow.operation_s, 3 * fast.operation_s, 1e-12);
		assert_near(slow.worker_bytes, fast.worker_bytes, 0);
	}
}

/* The kernel's part was timed there. */
static void only_the_runtimes_part_is_scaled(void **state)
{
	struct overhead fast = overhead_on(100000, MODEL_PROCESSES);
	struct overhead slow = overhead_on(300000, MODEL_PROCESSES);

	(void)state;
	assert_near(slow.each_s, fast.each_s, 1e-12);
	assert_near(slow.wakeup_s, fast.wakeup_s, 1e-12);
	assert_true(slow.own_s > fast.own_s);
	assert_true(slow.own_s < 3 * fast.own_s);
}

/* Older recordings do not tell; then it is as fast as where it was measured. */
static void a_machine_that_is_not_known_is_that_one(void **state)
{
	double unknown_s = overhead_on(0, MODEL_EVENT_LOOP).once_s;

	(void)state;
	assert_near(unknown_s, 0.037, 1e-9);
	assert_near(overhead_on(152000, MODEL_EVENT_LOOP).once_s, unknown_s, 1e-9);
}

static double once_s(bool asyncio, enum model model)
{
	struct measurement *m = python(152000);
	struct profile *p;
	double s;

	m->processes[0].has_asyncio = asyncio;
	p = scene_profile(m);
	s = overhead_of(p, model, 0).once_s;
	scene_end(m, p);
	return s;
}

/* A loop loads most of what pools need; a hybrid needs both. */
static void what_is_loaded_is_not_loaded_again(void **state)
{
	(void)state;
	assert_near(once_s(true, MODEL_EVENT_LOOP), 0, 1e-9);
	assert_true(once_s(true, MODEL_THREADS) < 0.1 * once_s(false, MODEL_THREADS));
	assert_true(once_s(true, MODEL_PROCESSES) < 0.5 * once_s(false, MODEL_PROCESSES));
	assert_near(once_s(true, MODEL_HYBRID), once_s(true, MODEL_PROCESSES), 1e-9);
	assert_near(once_s(false, MODEL_HYBRID),
		once_s(false, MODEL_EVENT_LOOP) + once_s(true, MODEL_PROCESSES), 1e-9);
}

/* Of ten operations. */
static double handing_s(enum model model, double operation_s, bool divisible)
{
	struct overhead o = overhead_on(152000, model);
	struct workload w = {.divisible = divisible};
	double s;

	for (int i = 0; i < 10; i++) {
		assert_int_equal(workload_begin(&w), 0);
		assert_int_equal(workload_add(&w, (struct step){.locked_s = operation_s / 4,
							  .wait_s = operation_s * 3 / 4}),
			0);
	}
	s = overhead_handing_s(&o, &w);
	workload_clear(&w);
	return s;
}

static void short_operations_are_handed_out_together(void **state)
{
	double one_s = handing_s(MODEL_PROCESSES, 0.02, false);

	(void)state;
	assert_true(one_s > 0);
	assert_near(handing_s(MODEL_PROCESSES, 5, false), one_s, 1e-9);
	assert_near(handing_s(MODEL_PROCESSES, 0.0001, false), 0, 1e-9);
	assert_near(handing_s(MODEL_PROCESSES, 0.02, true), 0, 1e-9);
	assert_near(handing_s(MODEL_HYBRID, 0.02, false), 0, 1e-9); /* each has its share */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slow_cpu_takes_longer_for_all_of_it),
		cmocka_unit_test(only_the_runtimes_part_is_scaled),
		cmocka_unit_test(a_machine_that_is_not_known_is_that_one),
		cmocka_unit_test(what_is_loaded_is_not_loaded_again),
		cmocka_unit_test(short_operations_are_handed_out_together),
	};

	return cmocka_run_group_tests_name("overhead", tests, NULL, NULL);
}
