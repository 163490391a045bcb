/* Workers that find no work when they are done: no more of them would find any. */
#include "scene_thread.h"

#define OPERATIONS 10

/* A thread that does operations, each after a wait in a word, of so long; before the first one it
 * waits for work in another. */
static void worker(
	struct measurement *m, size_t process, int tid, uint64_t between, double between_s)
{
	size_t thread = scene_thread(m, process, tid, 0.02);
	size_t source = scene_row(m, thread, "futex", MEASURED_NONE);
	size_t other = between == 0x1000 ? source : scene_row(m, thread, "futex", MEASURED_NONE);
	size_t answer =
		scene_row(m, thread, "recvfrom", scene_connection(m, 4000 + tid, "10.0.0.7:80"));
	double at_s = 0;

	m->waits[source].futex_address = 0x1000;
	m->waits[other].futex_address = between;
	for (int i = 0; i < OPERATIONS; i++) {
		scene_long(m, i ? other : source, 0, at_s, between_s);
		scene_long(m, answer, 0.002, at_s + 0.102, 0.8);
		at_s += 0.95;
	}
}

/* Of a process with two of them. runtime: NULL for none. */
static size_t width_in(const char *runtime, uint64_t between, double between_s)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;
	size_t width;

	if (runtime)
		scene_runtime(m, process, runtime, true);
	scene_thread(m, process, 7, 0.01);
	worker(m, process, 8, between, between_s);
	worker(m, process, 9, between, between_s);
	p = scene_profile(m);
	assert_int_equal(p->work.model, MODEL_THREADS);
	width = p->work.width;
	scene_end(m, p);
	return width;
}

static size_t width(uint64_t between)
{
	return width_in(NULL, between, 0.1);
}

static void who_waits_for_work_each_time_starves(void **state)
{
	(void)state;
	assert_int_equal(width(0x1000), 2);
	assert_int_equal(width(0x1004), 2); /* the other word of a condition variable */
}

/* Whose turn it is to hand a result over is no want of work. */
static void who_waits_for_something_else_in_between_does_not(void **state)
{
	(void)state;
	assert_int_equal(width(0x2000), 0);
}

/* Ruby's threads wait there for their turn, too; it is short. */
static void a_turn_is_no_want_of_work(void **state)
{
	(void)state;
	assert_int_equal(width_in("ruby", 0x1000, 0.01), 0);
	assert_int_equal(width_in("ruby", 0x1000, 0.1), 2);
	assert_int_equal(width_in(NULL, 0x1000, 0.01), 2);
	assert_int_equal(width_in("cpython", 0x1000, 0.01), 2); /* its lock is known */
}

/* Attached in the midst of it, nobody saw what a worker waits for at first. */
static void where_it_is_not_known_all_waits_count(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;

	(void)state;
	scene_thread(m, process, 7, 0.01);
	for (int i = 0; i < 2; i++) {
		size_t thread = scene_thread(m, process, 8 + i, 0.02);
		size_t idle = scene_wait(m, thread, "futex", 1, OPERATIONS);

		m->waits[idle].futex_address = 0x1000;
		scene_file_wait(m, thread, "recvfrom", scene_connection(m, 4000 + i, "10.0.0.7:80"),
			8, OPERATIONS);
	}
	p = scene_profile(m);
	assert_int_equal(p->work.width, 2);
	scene_end(m, p);
}

/* A thread of the program's that hands work out reads files, too, and waits each time. */
static void who_hands_work_out_is_no_worker(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), main = scene_thread(m, process, 7, 0.01), idle;
	struct profile *p;

	(void)state;
	scene_file_wait(m, main, "read", scene_file(m, FILE_REGULAR), 0.001, 4);
	idle = scene_wait(m, main, "futex", 9.9, 100);
	m->waits[idle].futex_address = 0x1000;
	worker(m, process, 8, 0x2000, 0.1);
	worker(m, process, 9, 0x2000, 0.1);
	p = scene_profile(m);
	assert_int_equal(p->threads[main].role, ROLE_COORDINATOR);
	assert_int_equal(p->work.width, 0);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_for_work_each_time_starves),
		cmocka_unit_test(who_waits_for_something_else_in_between_does_not),
		cmocka_unit_test(a_turn_is_no_want_of_work),
		cmocka_unit_test(where_it_is_not_known_all_waits_count),
		cmocka_unit_test(who_hands_work_out_is_no_worker),
	};

	return cmocka_run_group_tests_name("starvation", tests, NULL, NULL);
}
