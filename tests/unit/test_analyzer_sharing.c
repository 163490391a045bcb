/* How fast CPUs are side by side, by what a program needs of memory. */
#include "analyzer/sharing.h"

#include "scene.h"

#define MIB (UINT64_C(1) << 20)

/* A program of one thread that computes, on a machine whose CPUs take memory from each other. */
static struct measurement *computing(uint64_t rss_bytes)
{
	struct measurement *m = scene_new(1);
	size_t process = scene_process(m, 7, 1);

	scene_thread(m, process, 7, 1);
	m->processes[process].rss_peak_bytes = rss_bytes;
	m->host.compute_together = 980;
	m->host.memory_together = 900;
	return m;
}

static double speed_of(struct measurement *m, enum view view)
{
	struct profile *p = scene_profile(m);
	double speed = sharing_speed(p, view);

	scene_end(m, p);
	return speed;
}

/* Its memory stays in its core's cache. */
static void small_programs_take_nothing_from_each_other(void **state)
{
	(void)state;
	for (enum view view = 0; view < VIEW_COUNT; view++)
		assert_near(speed_of(computing(2 * MIB), view), 0.98, 1e-9);
}

static void large_ones_may_need_more(void **state)
{
	static const uint64_t sizes[] = {0 /* not known */, 50 * MIB};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_near(speed_of(computing(sizes[i]), VIEW_HOPEFUL), 0.98, 1e-9);
		assert_near(speed_of(computing(sizes[i]), VIEW_LIKELY), (0.98 + 0.75) / 2, 1e-9);
		assert_near(speed_of(computing(sizes[i]), VIEW_CAREFUL), 0.75, 1e-9);
	}
}

static double interpreted_speed(const char *runtime, enum view view)
{
	struct measurement *m = computing(50 * MIB);

	scene_runtime(m, 0, runtime, true);
	return speed_of(m, view);
}

/* An interpreter asks less of memory in a second; one that compiles does not. */
static void interpreters_likely_need_less(void **state)
{
	(void)state;
	assert_near(interpreted_speed("cpython", VIEW_LIKELY), 0.98, 1e-9);
	assert_near(interpreted_speed("cpython", VIEW_CAREFUL), 0.75, 1e-9);
	assert_near(interpreted_speed("pypy", VIEW_LIKELY), (0.98 + 0.75) / 2, 1e-9);
}

static void a_machine_that_was_not_timed(void **state)
{
	struct measurement *m = computing(2 * MIB);

	(void)state;
	m->host.compute_together = m->host.memory_together = 0;
	assert_near(speed_of(m, VIEW_LIKELY), 0.875, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_programs_take_nothing_from_each_other),
		cmocka_unit_test(large_ones_may_need_more),
		cmocka_unit_test(interpreters_likely_need_less),
		cmocka_unit_test(a_machine_that_was_not_timed),
	};

	return cmocka_run_group_tests_name("sharing", tests, NULL, NULL);
}
