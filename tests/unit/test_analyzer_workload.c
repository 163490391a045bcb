/* From what all threads did to the work of a run: its operations, its head and tail, and what of it
 * excludes what else. */
#include "gathered.h"

#define FUTEX_WAIT_PRIVATE 0x80
#define MUTEX_CONTENDED 2
#define CONDITION 0x189 /* FUTEX_WAIT_BITSET | PRIVATE | CLOCK_REALTIME: glibc's variables */

/* 0.3 s of start, ten times 10 ms of computing and 0.1 s for an answer, 0.2 s of end. */
static void a_run_has_a_head_and_a_tail(void **state)
{
	struct measurement *m = scene_new(1.6);
	size_t thread = scene_alone(m, 0.6);
	size_t row = scene_row(m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:80"));
	struct gathered g;

	(void)state;
	for (int i = 0; i < 10; i++)
		scene_long(m, row, i ? 0.01 : 0.31, 0.31 + 0.11 * i, 0.1);
	gather(&g, m, 0.25);
	assert_int_equal(g.work.operations_count, 10);
	assert_near(g.work.head_s, 0.3, EXACT);
	assert_near(g.work.tail_s, 0.2, EXACT);
	assert_near(g.sum.locked_s, 0.025, EXACT);
	assert_near(g.sum.free_s, 0.075, EXACT);
	assert_near(g.sum.wait_s, 1, EXACT);
	for (size_t i = 0; i < 10; i++)
		assert_near(g.work.steps[i].wait_s, 0.1, EXACT);
	assert_false(g.work.divisible);
	assert_near(workload_longest_s(&g.work), 0.11, EXACT);
	gathered_clear(&g);
}

/* Two threads take them from one queue: one a long one, the other three short ones meanwhile. */
static void operations_come_in_the_order_of_their_starts(void **state)
{
	static const double waits_s[] = {0.5, 0.1, 0.12, 0.14};
	struct measurement *m = scene_new(1);
	size_t process = scene_process(m, 7, 1);
	double at_s = 0.15;
	struct gathered g;

	(void)state;
	scene_thread(m, process, 7, 0.01);
	for (int i = 0; i < 2; i++) {
		size_t thread = scene_thread(m, process, 8 + i, 0.004);
		size_t row = scene_row(
			m, thread, "recvfrom", scene_connection(m, 40000 + i, "10.0.0.1:80"));

		if (i == 0) {
			scene_long(m, row, 0.001, 0.1, waits_s[0]);
			scene_long(m, row, 0.001, 0.7, 0.2);
		}
		for (int k = 1; i == 1 && k < 4; k++) {
			scene_long(m, row, 0.001, at_s, waits_s[k]);
			at_s += waits_s[k] + 0.01;
		}
	}
	gather(&g, m, 0);
	assert_int_equal(g.work.operations_count, 5);
	for (size_t i = 0; i < 4; i++)
		assert_near(g.work.steps[g.work.operations[i].first].wait_s, waits_s[i], EXACT);
	assert_near(g.work.steps[g.work.operations[4].first].wait_s, 0.2, EXACT);
	gathered_clear(&g);
}

/* Waits of the start are no operations, if they are short work: 5 ms for a file, then a second for
 * answers. */
static void what_a_start_waits_for_is_in_its_head(void **state)
{
	struct measurement *m = scene_new(1.2);
	size_t thread = scene_alone(m, 0.1), read, row;
	struct gathered g;

	(void)state;
	read = scene_row(m, thread, "read", scene_file(m, FILE_REGULAR));
	row = scene_row(m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:80"));
	scene_long(m, read, 0.05, 0.05, 0.005);
	for (int i = 0; i < 10; i++)
		scene_long(m, row, 0.005, 0.06 + 0.105 * i, 0.1);
	gather(&g, m, 0);
	assert_int_equal(g.work.operations_count, 10);
	assert_near(g.work.head_s, 0.055, EXACT);
	assert_near(g.sum.wait_s, 1, EXACT);
	gathered_clear(&g);
}

/* A thousand queries of 0.9 ms, known as a sum, and a long one in the middle: it is not the only
 * operation, and what is before and after it is no head and no tail. */
static void short_waits_are_operations_beside_a_long_one(void **state)
{
	struct measurement *m = scene_new(1.2);
	size_t thread = scene_alone(m, 0.2);
	size_t row = scene_file_wait(
		m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:5432"), 0.9, 1000);
	struct measured_segment *s;
	struct gathered g;

	(void)state;
	s = scene_long(m, row, 0.1, 0.55, 0.05);
	s->waits_before = 500;
	s->waits_before_ns = SCENE_NS(0.45);
	gather(&g, m, 0);
	assert_int_equal(g.work.operations_count, 1001);
	assert_near(g.sum.wait_s, 0.95, EXACT);
	assert_near(g.work.head_s + g.work.tail_s + gathered_cpu_s(&g), 0.2, 0.051);
	gathered_clear(&g);
}

/* What happens before the window and after it is not seen: no head, no tail. */
static void an_attached_run_has_no_head(void **state)
{
	struct measurement *m = scene_new(1.6);
	size_t thread = scene_alone(m, 0.6);
	size_t row = scene_row(m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:80"));
	struct gathered g;

	(void)state;
	m->target.mode = MEASURED_ATTACH;
	for (int i = 0; i < 10; i++)
		scene_long(m, row, i ? 0.01 : 0.31, 0.31 + 0.11 * i, 0.1);
	gather(&g, m, 0);
	assert_int_equal(g.work.operations_count, 10);
	assert_near(g.work.head_s + g.work.tail_s, 0, EXACT);
	assert_near(gathered_cpu_s(&g), 0.6, EXACT);
	gathered_clear(&g);
}

/* Four threads from 0.1 to 0.7 get five answers each; the first thread starts them, computes 20 ms
 * meanwhile, and 50 ms afterwards. `lazily`: at first they find nothing to do. */
static struct measurement *four_workers(bool lazily)
{
	struct measurement *m = scene_new(0.75);
	size_t main_thread = scene_alone(m, 0.17);
	size_t join = scene_futex(m, main_thread, 0x5000, CONDITION, 0, 0, 1);

	m->waits[join].count = 0;
	scene_long(m, join, 0.12, 0.12, 0.58);
	for (int i = 0; i < 4; i++) {
		size_t worker = scene_thread(m, 0, 8 + i, 0.1), row, idle;

		m->threads[worker].started = true;
		m->threads[worker].start_ns = (int64_t)SCENE_NS(0.1);
		m->threads[worker].end_ns = (int64_t)SCENE_NS(0.7);
		row = scene_row(
			m, worker, "recvfrom", scene_connection(m, 40000 + i, "10.0.0.1:80"));
		if (lazily) {
			idle = scene_futex(m, worker, 0x7000, CONDITION, 0, 0, 1);
			m->waits[idle].count = 0;
			scene_long(m, idle, 0, 0.1, 0.001);
		}
		for (int k = 0; k < 5; k++)
			scene_long(m, row, 0.02, 0.12 + 0.12 * k, 0.1);
	}
	return m;
}

static void who_hands_the_work_out_is_part_of_it(void **state)
{
	struct gathered g;

	(void)state;
	gather(&g, four_workers(false), 0);
	assert_int_equal(g.work.operations_count, 20);
	assert_near(g.work.head_s, 0.1, EXACT);
	assert_near(g.work.tail_s, 0.05, EXACT);
	assert_near(g.sum.wait_s, 2, EXACT);
	assert_near(gathered_cpu_s(&g), 0.42, EXACT); /* 20 times 20 ms, and 20 ms of the first */
	for (size_t i = 0; i < g.work.steps_count; i++)
		assert_near(g.work.steps[i].free_s, 0.021, EXACT);
	gathered_clear(&g);
}

static void nothing_is_handed_out_to_who_does_nothing(void **state)
{
	struct gathered g;

	(void)state;
	gather(&g, four_workers(true), 0);
	assert_near(g.sum.wait_s, 2, EXACT);
	/* Of each one's first 20 ms, 19 lie after what it was idle. */
	assert_near(gathered_cpu_s(&g), 0.416, EXACT);
	gathered_clear(&g);
}

/* As those four workers, until 0.7; then they wait in vain, while the first thread computes 0.8 s
 * with what they found, as within a pool's `with`. computing: they compute 0.1 s each instead. */
static struct measurement *kept_workers(bool computing)
{
	struct measurement *m = four_workers(false);
	size_t join = scene_futex(m, 0, 0x5000, CONDITION, 0, 0, 1);

	m->wall_ns = SCENE_NS(1.6);
	m->threads[0].cpu_ns = SCENE_NS(0.96);
	m->waits[join].count = 0;
	scene_long(m, join, 0.8, 1.5, 0.05);
	for (size_t i = 1; i < m->threads_count; i++) {
		size_t idle = scene_futex(m, i, 0x7000, CONDITION, 0, 0, 1);

		m->threads[i].end_ns = (int64_t)SCENE_NS(1.55);
		m->waits[idle].count = 0;
		scene_long(m, idle, 0, 0.7, computing ? 0.35 : 0.84);
		m->threads[i].cpu_ns += computing ? SCENE_NS(0.3) : 0;
	}
	return m;
}

static void what_is_made_of_results_comes_after_the_work(void **state)
{
	struct gathered g;

	(void)state;
	gather(&g, kept_workers(false), 0);
	assert_near(g.work.head_s, 0.1, EXACT);
	assert_near(g.work.tail_s, 0.9, EXACT);
	assert_near(g.sum.wait_s, 2, EXACT);
	assert_near(gathered_cpu_s(&g), 0.42, EXACT);
	gathered_clear(&g);
}

/* A wait that was not the end: they went on. */
static void who_goes_on_has_not_done(void **state)
{
	struct gathered g;

	(void)state;
	gather(&g, kept_workers(true), 0);
	assert_near(g.work.tail_s, 0.05, EXACT);
	assert_true(gathered_cpu_s(&g) > 0.42 + 4 * 0.29);
	gathered_clear(&g);
}

/* The first thread is none of the workers, however much it computes before and after them. */
static void who_starts_the_workers_is_not_one_of_them(void **state)
{
	struct gathered g;

	(void)state;
	gather(&g, kept_workers(false), 0);
	assert_int_equal(g.p->work.model, MODEL_THREADS);
	assert_int_equal(g.p->work.workers, 4);
	gathered_clear(&g);
}

/* One that computes beside them as they do is. */
static void who_works_beside_them_is_one_of_them(void **state)
{
	struct measurement *m = scene_new(1);
	struct gathered g;

	(void)state;
	scene_alone(m, 0.9);
	for (int i = 0; i < 3; i++) {
		size_t worker = scene_thread(m, 0, 8 + i, 0.8);

		m->threads[worker].started = true;
		m->threads[worker].start_ns = (int64_t)SCENE_NS(0.1);
		m->threads[worker].end_ns = (int64_t)SCENE_NS(0.95);
	}
	gather(&g, m, 0);
	assert_int_equal(g.p->work.workers, 4);
	gathered_clear(&g);
}

/* Of a pool, the last operation may be a long one: all are there until it is done. */
static void a_pools_last_operation_is_no_share(void **state)
{
	struct measurement *m = kept_workers(false);
	struct gathered g;

	(void)state;
	for (size_t i = 0; i < m->segments_count; i++)
		if (m->waits[m->segments[i].wait].futex_address == 0x7000 &&
			m->waits[m->segments[i].wait].thread > 1) {
			m->segments[i].start_ns -= (int64_t)SCENE_NS(0.05);
			m->segments[i].wait_ns += SCENE_NS(0.05);
		}
	gather(&g, m, 0);
	assert_near(g.work.uneven_s, 0, EXACT);
	gathered_clear(&g);
}

/* Computing that ends where the last of them had done is theirs all the same. */
static void what_comes_before_the_last_wait_counts(void **state)
{
	struct measurement *m = kept_workers(false);
	struct gathered g;

	(void)state;
	for (size_t i = 0; i < m->segments_count; i++)
		if (m->waits[m->segments[i].wait].futex_address == 0x7000) {
			m->segments[i].cpu_before_ns = SCENE_NS(0.05);
			m->segments[i].start_ns = (int64_t)SCENE_NS(0.75);
			m->segments[i].wait_ns = SCENE_NS(0.79);
			m->threads[m->waits[m->segments[i].wait].thread].cpu_ns += SCENE_NS(0.05);
		}
	gather(&g, m, 0);
	assert_near(g.work.tail_s, 0.85, EXACT);
	assert_near(
		gathered_cpu_s(&g), 0.42 + 4 * 0.05 + 0.05, EXACT); /* of the first thread, too */
	gathered_clear(&g);
}

/* Shares that were made beforehand: three workers end after two answers, one after five. */
static void the_last_share_is_not_serial(void **state)
{
	struct measurement *m = four_workers(false);
	struct gathered g;
	size_t kept = 0, count = m->segments_count;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		size_t wait = m->segments[i].wait, thread = m->waits[wait].thread;

		if (thread >= 2 && m->segments[i].start_ns > (int64_t)SCENE_NS(0.3)) {
			m->waits[wait].count--;
			m->waits[wait].total_ns -= m->segments[i].wait_ns;
		} else {
			m->segments[kept++] = m->segments[i];
		}
	}
	m->segments_count = kept;
	for (size_t i = 2; i < m->threads_count; i++) {
		m->threads[i].end_ns = (int64_t)SCENE_NS(0.34);
		m->threads[i].cpu_ns = SCENE_NS(0.04);
	}
	gather(&g, m, 0);
	assert_near(g.work.uneven_s, 0.7 - (0.7 + 3 * 0.34) / 4, EXACT);
	/* 1.32 s of requests in four workers rather than 0.6 s in the last one. */
	assert_between(g.p->predictions[MODEL_EVENT_LOOP].speedup, 1.5, 5);
	gathered_clear(&g);
}

/* Four threads, one mutex that is held nearly all the time: so much of each operation is done by
 * one at a time. */
static void a_lock_makes_a_part_exclusive(void **state)
{
	struct measurement *m = scene_new(2);
	size_t main_thread = scene_alone(m, 0.001);
	double exclusive_s = 0;
	struct gathered g;

	(void)state;
	scene_futex(m, main_thread, 0x7f00, 0x109, 8, 1.99, 4); /* join */
	for (int i = 0; i < 4; i++)
		scene_futex(m, scene_thread(m, 0, 8 + i, 0.5), 0x6000, FUTEX_WAIT_PRIVATE,
			MUTEX_CONTENDED, 1.49, 3000);
	gather(&g, m, 0.5);
	for (size_t i = 0; i < g.work.steps_count; i++)
		if (g.work.steps[i].exclusive)
			exclusive_s += g.work.steps[i].locked_s + g.work.steps[i].free_s;
	assert_int_equal(g.work.operations_count, 4);
	assert_near(g.sum.wait_s, 0, EXACT); /* waiting for the lock is not the work */
	assert_near(g.sum.locked_s, 1, 0.001);
	assert_near(g.sum.free_s, 1, 0.001);
	assert_between(g.p->work.lock_s, 1.9, 2);
	assert_near(exclusive_s, g.p->work.lock_s, EXACT);
	gathered_clear(&g);
}

static void a_lock_that_is_hardly_held_is_none(void **state)
{
	struct measurement *m = four_workers(false);
	struct gathered g;

	(void)state;
	for (size_t i = 1; i < 5; i++)
		scene_futex(m, i, 0x6000, FUTEX_WAIT_PRIVATE, MUTEX_CONTENDED, 0.001, 3);
	gather(&g, m, 0);
	for (size_t i = 0; i < g.work.steps_count; i++)
		assert_false(g.work.steps[i].exclusive);
	gathered_clear(&g);
}

/* Twenty commands, one after the other, each 0.19 s of computing in a life of 0.195 s; the shell
 * computes 1 ms before each. */
static void each_child_is_an_operation(void **state)
{
	struct measurement *m = scene_new(4);
	size_t shell = scene_process(m, 7, 1), thread = scene_thread(m, shell, 7, 0.02);
	struct gathered g;

	(void)state;
	for (int i = 0; i < 20; i++) {
		size_t child = scene_process(m, 8 + i, 7),
		       worker = scene_thread(m, child, 8 + i, 0.19);

		m->processes[child].started = true;
		m->processes[child].start_ns = m->threads[worker].start_ns =
			(int64_t)SCENE_NS(0.2 * i);
		m->processes[child].end_ns = m->threads[worker].end_ns =
			(int64_t)SCENE_NS(0.2 * i + 0.195);
	}
	scene_wait(m, thread, "wait4", 3.9, 20);
	gather(&g, m, 0);
	assert_int_equal(g.work.operations_count, 20);
	assert_near(gathered_cpu_s(&g), 20 * 0.19 + 0.02, EXACT);
	assert_near(g.sum.wait_s, 20 * 0.005, EXACT);
	assert_near(workload_longest_s(&g.work), 0.196, EXACT);
	assert_near(g.work.head_s, 0, EXACT);
	assert_near(g.work.tail_s, 0.005, EXACT);
	gathered_clear(&g);
}

static void computing_can_be_cut_anywhere(void **state)
{
	struct measurement *m = scene_new(1.5);
	size_t thread = scene_alone(m, 1.4);
	struct gathered g;

	(void)state;
	scene_file_wait(m, thread, "read", scene_file(m, FILE_REGULAR), 0.1, 20);
	gather(&g, m, 0.75);
	assert_true(g.work.divisible);
	assert_int_equal(g.work.operations_count, 1024);
	assert_near(gathered_cpu_s(&g), 1.4, EXACT);
	assert_near(g.sum.wait_s, 0.1, EXACT);
	assert_true(g.work.steps[0].blocking);
	gathered_clear(&g);
}

/*
 * A loop: 0.2 s of setting up, then four turns of 50 ms of computing, the second of them with 30 ms
 * for a file; a wait for events of 0.1 s before each.
 */
static void a_loops_turns_are_operations(void **state)
{
	struct measurement *m = scene_new(0.83);
	size_t thread = scene_alone(m, 0.4), poll, read;
	struct gathered g;

	(void)state;
	poll = scene_row(m, thread, "epoll_wait", scene_file(m, FILE_EPOLL));
	read = scene_row(m, thread, "read", scene_file(m, FILE_REGULAR));
	scene_long(m, poll, 0.2, 0.2, 0.1);
	scene_long(m, poll, 0.05, 0.35, 0.1);
	scene_long(m, read, 0.02, 0.47, 0.03);
	scene_long(m, poll, 0.03, 0.53, 0.1);
	scene_long(m, poll, 0.05, 0.68, 0.1);
	m->threads[thread].loop.polls = 4;
	gather(&g, m, 0);
	assert_int_equal(g.p->work.model, MODEL_EVENT_LOOP);
	assert_near(g.work.head_s, 0.2, EXACT);
	assert_near(g.work.tail_s, 0, EXACT);
	assert_near(g.work.joint_s, 0.4, EXACT);
	assert_near(g.sum.wait_s, 0.03, EXACT);
	for (size_t i = 0; i < g.work.steps_count; i++)
		assert_int_equal(g.work.steps[i].blocking, g.work.steps[i].wait_s > 0);
	assert_near(gathered_cpu_s(&g), 0.2, EXACT); /* the head's is not in it */
	assert_near(workload_longest_s(&g.work), 0.08, EXACT);
	gathered_clear(&g);
}

/* A program that did nothing at all: it can be predicted as well. */
static void there_is_always_an_operation(void **state)
{
	struct measurement *m = scene_new(1);
	struct gathered g;

	(void)state;
	scene_alone(m, 0);
	gather(&g, m, 0);
	assert_true(g.work.operations_count >= 1);
	assert_near(gathered_cpu_s(&g) + g.sum.wait_s, 0, EXACT);
	gathered_clear(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_has_a_head_and_a_tail),
		cmocka_unit_test(operations_come_in_the_order_of_their_starts),
		cmocka_unit_test(what_a_start_waits_for_is_in_its_head),
		cmocka_unit_test(short_waits_are_operations_beside_a_long_one),
		cmocka_unit_test(an_attached_run_has_no_head),
		cmocka_unit_test(who_hands_the_work_out_is_part_of_it),
		cmocka_unit_test(nothing_is_handed_out_to_who_does_nothing),
		cmocka_unit_test(what_is_made_of_results_comes_after_the_work),
		cmocka_unit_test(who_goes_on_has_not_done),
		cmocka_unit_test(who_starts_the_workers_is_not_one_of_them),
		cmocka_unit_test(who_works_beside_them_is_one_of_them),
		cmocka_unit_test(a_pools_last_operation_is_no_share),
		cmocka_unit_test(what_comes_before_the_last_wait_counts),
		cmocka_unit_test(the_last_share_is_not_serial),
		cmocka_unit_test(a_lock_makes_a_part_exclusive),
		cmocka_unit_test(a_lock_that_is_hardly_held_is_none),
		cmocka_unit_test(each_child_is_an_operation),
		cmocka_unit_test(computing_can_be_cut_anywhere),
		cmocka_unit_test(a_loops_turns_are_operations),
		cmocka_unit_test(there_is_always_an_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
