/* Sleeps and waits for signals that are no work, and those that look like them. */
#include "analyzer/meaning.h"

#include "scene.h"

#define CONDITION 0x189 /* FUTEX_WAIT_BITSET | PRIVATE | CLOCK_REALTIME: a condition variable */

/* A process whose first thread computes, and a second thread that sleeps ten times. */
struct pair {
	struct measurement *m;
	size_t process, first, second, sleep;
};

static struct pair pair_new(double first_cpu_s, double second_cpu_s)
{
	struct pair p = {.m = scene_new(2)};

	p.process = scene_process(p.m, 7, 1);
	p.first = scene_thread(p.m, p.process, 7, first_cpu_s);
	p.second = scene_thread(p.m, p.process, 8, second_cpu_s);
	p.sleep = scene_wait(p.m, p.second, "clock_nanosleep", 1.9, 10);
	return p;
}

/* And the measurement is gone. */
static void sleep_is(struct pair p, enum purpose expected)
{
	struct meaning *x = meaning_new(p.m);

	assert_non_null(x);
	assert_int_equal(x->states[p.sleep], STATE_SLEEP);
	assert_int_equal(x->purposes[p.sleep], expected);
	meaning_free(x);
	measurement_free(p.m);
}

static void who_beats_time_beside_computing_is_idle(void **state)
{
	(void)state;
	sleep_is(pair_new(1.9, 0.01), PURPOSE_IDLE);
}

/* As a JVM's compilers do while it begins. */
static void who_sleeps_beside_a_runtimes_own_works(void **state)
{
	struct pair p = pair_new(0.01, 0.01);
	size_t compiler = scene_thread(p.m, p.process, 9, 1.9);

	(void)state;
	scene_runtime(p.m, p.process, "jvm", false);
	free(p.m->threads[compiler].name);
	p.m->threads[compiler].name = strdup("C2 CompilerThre");
	sleep_is(p, PURPOSE_WORK);
}

static void who_computes_a_good_part_works(void **state)
{
	(void)state;
	sleep_is(pair_new(0.2, 0.05), PURPOSE_WORK);
}

static void who_sleeps_once_or_twice_may_work(void **state)
{
	struct pair p = pair_new(1.9, 0.01);

	(void)state;
	p.m->waits[p.sleep].count = 2;
	sleep_is(p, PURPOSE_WORK);
}

/* Of the second one's sleep no end was seen. */
static struct pair cut_pair(double first_cpu_s)
{
	struct pair p = pair_new(first_cpu_s, 0.01);

	p.m->waits[p.sleep].count = p.m->waits[p.sleep].open = 1;
	return p;
}

static void who_slept_on_when_the_process_ended_did_not_work(void **state)
{
	(void)state;
	sleep_is(cut_pair(1.9), PURPOSE_IDLE);
}

static void who_sleeps_when_the_window_ends_may_work(void **state)
{
	(void)state;
	sleep_is(cut_pair(0.01), PURPOSE_WORK);
	for (size_t i = 0; i < 2; i++) { /* and who slept when it began, and has ended */
		struct pair p = cut_pair(0.01);

		p.m->threads[p.second].started = i == 0;
		p.m->threads[p.second].end_ns = (int64_t)SCENE_NS(2);
		sleep_is(p, i == 0 ? PURPOSE_IDLE : PURPOSE_WORK);
	}
}

static void who_had_just_begun_to_sleep_may_work(void **state)
{
	struct pair p = cut_pair(1.9);

	(void)state;
	p.m->waits[p.sleep].total_ns = SCENE_NS(0.5);
	sleep_is(p, PURPOSE_WORK);
}

static void the_first_thread_may_work_in_a_sleep_that_was_cut(void **state)
{
	struct pair p = pair_new(0.01, 1.9);

	(void)state;
	p.m->waits[p.sleep].thread = p.first;
	p.m->waits[p.sleep].count = p.m->waits[p.sleep].open = 1;
	sleep_is(p, PURPOSE_WORK);
}

/* Beside one that computes; alone, whatever it is that sends the signal. */
static void who_waits_for_a_signal_is_idle_among_others(void **state)
{
	(void)state;
	for (size_t others = 0; others < 2; others++) {
		struct measurement *m = scene_new(2);
		size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.01);
		size_t wait = scene_wait(m, thread, "rt_sigtimedwait", 1.9, 1);
		struct meaning *x;

		if (others)
			scene_thread(m, process, 8, 0.2);
		x = meaning_new(m);
		assert_non_null(x);
		assert_int_equal(x->states[wait], STATE_OTHER);
		assert_int_equal(x->purposes[wait], others ? PURPOSE_IDLE : PURPOSE_WORK);
		meaning_free(x);
		measurement_free(m);
	}
}

/* Five of them, one after the other. */
static void who_slept_twice_in_one_row_with_others_may_work(void **state)
{
	struct pair p = pair_new(1.9, 0.01);

	(void)state;
	p.m->threads[p.second].earlier = 4;
	sleep_is(p, PURPOSE_WORK);
}

/* The first thread waits for something nearly all the time. */
static struct pair awaited_new(void)
{
	struct pair p = pair_new(0.2, 0.001);

	scene_futex(p.m, p.first, 0x100, CONDITION, 0, 1.7, 1);
	return p;
}

/* As the workers of a pool are, whose tasks are stood for by sleeping. */
static void who_is_waited_for_works(void **state)
{
	(void)state;
	sleep_is(awaited_new(), PURPOSE_WORK);
}

/* The first thread waits for the workers, of whom this is none. */
static void who_beats_time_beside_workers_is_idle(void **state)
{
	struct pair p = awaited_new();

	(void)state;
	scene_thread(p.m, p.process, 9, 1.5);
	sleep_is(p, PURPOSE_IDLE);
}

/* Who computes is a worker that waits for tasks in between. */
static void who_beats_time_beside_an_idle_pool_is_idle(void **state)
{
	struct pair p = pair_new(0.01, 0.02);
	size_t worker = scene_thread(p.m, p.process, 9, 0.5);

	(void)state;
	scene_futex(p.m, worker, 0x100, CONDITION, 0, 1.5, 20);
	sleep_is(p, PURPOSE_IDLE);
}

static void who_is_handed_something_each_time_works(void **state)
{
	struct pair p = pair_new(1.9, 0.01);

	(void)state;
	scene_futex(p.m, p.second, 0x100, CONDITION, 0, 0.05, 10);
	sleep_is(p, PURPOSE_WORK);
}

static void who_asks_others_for_long_works(void **state)
{
	struct pair p = pair_new(1.9, 0.01);
	size_t site = scene_socket(p.m, "127.0.0.1:40000", "10.0.0.1:80");

	(void)state;
	p.m->waits[p.sleep].total_ns = SCENE_NS(1);
	scene_file_wait(p.m, p.second, "recvfrom", site, 0.9, 10);
	sleep_is(p, PURPOSE_WORK);
}

/* The first thread sleeps, time and again, while others compute. */
static struct pair looking_new(void)
{
	struct pair p = {.m = scene_new(2)};

	p.process = scene_process(p.m, 7, 1);
	p.first = scene_thread(p.m, p.process, 7, 0.02);
	p.sleep = scene_wait(p.m, p.first, "clock_nanosleep", 1.9, 40);
	return p;
}

static void who_looks_whether_a_worker_is_done_coordinates(void **state)
{
	struct pair p = looking_new();

	(void)state;
	scene_thread(p.m, p.process, 8, 1.9);
	sleep_is(p, PURPOSE_COORDINATING);
}

static void who_looks_whether_a_child_is_done_coordinates(void **state)
{
	struct pair p = looking_new();

	(void)state;
	scene_thread(p.m, scene_process(p.m, 8, 7), 8, 1.9);
	sleep_is(p, PURPOSE_COORDINATING);
}

static void who_sleeps_alone_works(void **state)
{
	(void)state;
	sleep_is(looking_new(), PURPOSE_WORK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_beats_time_beside_computing_is_idle),
		cmocka_unit_test(who_sleeps_beside_a_runtimes_own_works),
		cmocka_unit_test(who_computes_a_good_part_works),
		cmocka_unit_test(who_sleeps_once_or_twice_may_work),
		cmocka_unit_test(who_slept_on_when_the_process_ended_did_not_work),
		cmocka_unit_test(who_sleeps_when_the_window_ends_may_work),
		cmocka_unit_test(who_had_just_begun_to_sleep_may_work),
		cmocka_unit_test(the_first_thread_may_work_in_a_sleep_that_was_cut),
		cmocka_unit_test(who_waits_for_a_signal_is_idle_among_others),
		cmocka_unit_test(who_slept_twice_in_one_row_with_others_may_work),
		cmocka_unit_test(who_is_waited_for_works),
		cmocka_unit_test(who_beats_time_beside_workers_is_idle),
		cmocka_unit_test(who_beats_time_beside_an_idle_pool_is_idle),
		cmocka_unit_test(who_is_handed_something_each_time_works),
		cmocka_unit_test(who_asks_others_for_long_works),
		cmocka_unit_test(who_looks_whether_a_worker_is_done_coordinates),
		cmocka_unit_test(who_looks_whether_a_child_is_done_coordinates),
		cmocka_unit_test(who_sleeps_alone_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
