/* Loops that share their events: what they wait for, and who of a process is one. */
#include "scene.h"

#define CONDITION 0x189

/* Two loops of a first thread and another one: they compute for one and five of ten seconds, wait
 * for events for two, and else for their turn. Between two looks for events they go on for 50 ms.
 */
static struct measurement *two_loops(int first_epoll, int second_epoll)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	int descriptors[] = {first_epoll, second_epoll};
	const double cpu_s[] = {1, 5};

	for (size_t i = 0; i < 2; i++) {
		size_t thread = scene_thread(m, process, 7 + (int)i, cpu_s[i]);

		scene_file_wait(m, thread, "epoll_wait", scene_file(m, FILE_EPOLL), 2, 100);
		scene_futex(m, thread, 0x6000 + 64 * i, CONDITION, 0, 8 - cpu_s[i], 100);
		m->threads[thread].loop = (struct measured_loop){.polls = 100,
			.stretches = 99,
			.stretch_ns = SCENE_NS(7.9),
			.stretch_max_ns = SCENE_NS(0.1),
			.descriptor = descriptors[i]};
		durations_add(&m->threads[thread].loop.durations, SCENE_NS(0.05), 99);
	}
	return m;
}

static void who_waits_for_its_turn_has_nothing_to_do(void **state)
{
	struct measurement *m = two_loops(5, 5);
	struct profile *p = scene_profile(m);

	(void)state;
	assert_int_equal(p->loops_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_near(p->loops[i].work_share, i ? 0.5 : 0.1, 1e-9);
		assert_int_equal(p->loops[i].blocking_count, 0);
		assert_true(isnan(p->loops[i].lag_p50_s)); /* meanwhile the other one looks */
	}
	assert_near(p->threads[0].idle.s[STATE_SYNC], 7, 1e-9);
	scene_end(m, p);
}

static void loops_of_their_own_are_held_up(void **state)
{
	const int others[] = {6, 0}; /* 0: not known */

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		struct measurement *m = two_loops(others[n], others[n] ? 5 : 0);
		struct profile *p = scene_profile(m);

		assert_int_equal(p->loops_count, 2);
		assert_near(p->loops[0].work_share, 0.8, 1e-9);
		assert_near(p->loops[0].lag_p50_s, 0.05, 0.01);
		scene_end(m, p);
	}
}

/* In another process the same number is another descriptor. */
static void a_process_s_descriptors_are_its_own(void **state)
{
	struct measurement *m = two_loops(5, 5);
	struct profile *p;

	(void)state;
	m->threads[1].process = scene_process(m, 8, 1);
	p = scene_profile(m);
	assert_int_equal(p->loops_count, 2);
	assert_near(p->loops[0].work_share, 0.8, 1e-9);
	scene_end(m, p);
}

/* A first thread that only waits, and two that block: none was seen at an epoll, with ten watched.
 * Who receives on connections? */
static void loops_are(const bool *receives, const bool *loops)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;
	size_t found = 0;

	m->processes[process].watched_files = m->processes[process].watched_connections = 10;
	for (size_t i = 0; i < 3; i++) {
		size_t thread = scene_thread(m, process, 7 + (int)i, i ? 1 : 0);

		scene_wait(m, thread, i ? "clock_nanosleep" : "futex", i ? 9 : 10, i ? 900 : 1);
		if (receives[i])
			*measurement_add_exchange(m) = (struct measured_exchange){.thread = thread,
				.start_ns = 1000,
				.wait_ns = 500,
				.taken_ns = 500};
	}
	p = scene_profile(m);
	for (size_t i = 0; i < 3; i++) {
		if (loops[i])
			assert_int_equal(p->loops[found].thread, i);
		found += loops[i];
	}
	assert_int_equal(p->loops_count, found);
	scene_end(m, p);
}

static void who_receives_is_the_loop_that_never_waits(void **state)
{
	const bool none[] = {false, false, false}, first[] = {true, false, false};
	const bool workers[] = {false, true, true};

	(void)state;
	loops_are(workers, workers);
	loops_are(first, first);
	loops_are(none, first); /* by all that is known */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_for_its_turn_has_nothing_to_do),
		cmocka_unit_test(loops_of_their_own_are_held_up),
		cmocka_unit_test(a_process_s_descriptors_are_its_own),
		cmocka_unit_test(who_receives_is_the_loop_that_never_waits),
	};

	return cmocka_run_group_tests_name("follower", tests, NULL, NULL);
}
