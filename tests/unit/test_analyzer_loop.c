/* Event loops: which threads are one, how long they keep events waiting, and what blocks them. */
#include "scene.h"

static size_t epoll_wait(struct measurement *m, size_t thread, double total_s, uint64_t count)
{
	return scene_file_wait(m, thread, "epoll_wait", scene_file(m, FILE_EPOLL), total_s, count);
}

static size_t polls(struct measurement *m, size_t thread, uint32_t files, uint64_t count)
{
	size_t wait = scene_wait(m, thread, "poll", 1, count);

	m->waits[wait].files_polled = files;
	return wait;
}

static size_t loops_of(struct measurement *m)
{
	struct profile *p = scene_profile(m);
	size_t count = p->loops_count;

	scene_end(m, p);
	return count;
}

static struct measurement *one_thread(void)
{
	struct measurement *m = scene_new(10);

	scene_thread(m, scene_process(m, 7, 1), 7, 1);
	return m;
}

static void who_comes_round_is_a_loop(void **state)
{
	struct measurement *m = one_thread();

	(void)state;
	polls(m, 0, 3, 100);
	assert_int_equal(loops_of(m), 1);
	m = one_thread();
	polls(m, 0, 3, 1); /* once */
	assert_int_equal(loops_of(m), 0);
	m = one_thread();
	polls(m, 0, 1, 100); /* a socket with a timeout */
	m->waits[0].file = scene_socket(m, NULL, "10.0.0.7:80");
	assert_int_equal(loops_of(m), 0);
	m = one_thread();
	epoll_wait(m, 0, 1, 1);
	assert_int_equal(loops_of(m), 1);
}

static void who_then_waits_for_single_sockets_is_none(void **state)
{
	struct measurement *m = one_thread();

	(void)state;
	polls(m, 0, 2, 100);
	assert_int_equal(loops_of(m), 1);
	m = one_thread();
	polls(m, 0, 2, 100);
	scene_file_wait(m, 0, "recvfrom", scene_socket(m, NULL, "10.0.0.7:80"), 5, 100);
	assert_int_equal(loops_of(m), 0);
}

static void samples_show_a_loop_that_never_sleeps(void **state)
{
	struct measurement *m = scene_new(10);
	struct profile *p;

	(void)state;
	scene_thread(m, scene_process(m, 7, 1), 7, 10);
	scene_sample(m, 0, "epoll_wait", true, -1, 400);
	scene_sample(m, 0, NULL, false, -1, 4000);
	p = scene_profile(m);
	assert_int_equal(p->loops_count, 1);
	assert_true(p->loops[0].saturated);
	assert_near(p->loops[0].busy_share, 1, 1e-9);
	assert_nan(p->loops[0].lag_p50_s);
	scene_end(m, p);
	m = scene_new(10); /* making one is not waiting in one: an import does that */
	scene_thread(m, scene_process(m, 7, 1), 7, 10);
	scene_sample(m, 0, "epoll_create1", true, -1, 400);
	assert_int_equal(loops_of(m), 0);
	m = one_thread(); /* no sample met it there, but it was seen to come round */
	m->threads[0].loop.at_once = 2;
	m->processes[0].polls_end_ns = (int64_t)SCENE_NS(0.01);
	p = scene_profile(m);
	assert_int_equal(p->loops_count, 1);
	assert_false(p->loops[0].saturated);
	m->threads[0].loop.at_once = 20;
	profile_free(p);
	p = scene_profile(m);
	assert_true(p->loops[0].saturated);
	scene_end(m, p);
}

static void a_runtime_s_scheduler_is_no_loop(void **state)
{
	const struct {
		const char *runtime;
		size_t loops;
	} rows[] = {{"go", 0}, {"beam", 0}, {"jvm", 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct measurement *m = one_thread();

		scene_runtime(m, 0, rows[i].runtime, false);
		epoll_wait(m, 0, 5, 100);
		m->processes[0].watched_connections = 10;
		assert_int_equal(loops_of(m), rows[i].loops);
	}
}

/* Node's helpers wait in an epoll of their own all the time. */
static void helpers_are_no_loops(void **state)
{
	struct measurement *m = one_thread();
	struct profile *p;

	(void)state;
	scene_runtime(m, 0, "node", false);
	scene_thread(m, 0, 8, 0.001);
	epoll_wait(m, 0, 9, 1000);
	epoll_wait(m, 1, 9.999, 1);
	p = scene_profile(m);
	assert_int_equal(p->loops_count, 1);
	assert_int_equal(p->threads[1].role, ROLE_IDLE);
	assert_near(p->work.wait_joint_s, 9, 1e-9);
	scene_end(m, p);
}

/* A pool of worker_threads, and a child_process that computes. */
static void node_s_workers_are_no_loops(void **state)
{
	for (int connections = 0; connections < 2; connections++) {
		struct measurement *m = one_thread();
		size_t child = scene_process(m, 8, 7);
		struct profile *p;

		(void)state;
		scene_runtime(m, 0, "node", false);
		scene_runtime(m, child, "node", false);
		scene_thread(m, 0, 9, 5);
		scene_thread(m, child, 8, 5);
		for (size_t i = 0; i < 2; i++) {
			m->processes[i].watched_files = 5;
			m->processes[i].watched_connections = connections;
		}
		for (size_t i = 0; i < 3; i++)
			epoll_wait(m, i, 4, 10);
		p = scene_profile(m);
		assert_int_equal(p->loops_count, connections ? 3 : 1);
		scene_end(m, p);
	}
}

/* A Python process whose first thread sleeps, and was never seen to wait in epoll, as a loop's that
 * is blocked all the time; it may have the epoll of the one that forked it. */
static void a_forked_worker_has_its_parents_epoll(void **state)
{
	static const struct {
		int parents, its_own;
		bool executed, loop;
	} rows[] = {
		{7, 7, false, false}, {7, 8, false, true}, {0, 1, false, true}, {7, 7, true, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct measurement *m = one_thread();
		size_t child = scene_process(m, 8, 7);

		scene_runtime(m, child, "cpython", true);
		scene_wait(m, scene_thread(m, child, 8, 1), "clock_nanosleep", 8, 100);
		epoll_wait(m, 0, 8, 100);
		m->processes[0].watched_files = rows[i].parents;
		m->processes[child].watched_files = rows[i].its_own;
		if (rows[i].executed)
			m->processes[child].executable = strdup("/usr/bin/python3");
		assert_int_equal(loops_of(m), 1 + rows[i].loop);
	}
}

/* PostgreSQL's processes: each waits in epoll for its one client. */
static void a_process_per_connection_is_no_loop(void **state)
{
	struct measurement *m = scene_new(10);

	(void)state;
	for (int i = 0; i < 9; i++)
		epoll_wait(m, scene_thread(m, scene_process(m, 7 + i, 1), 7 + i, 1), 9, 1000);
	assert_int_equal(loops_of(m), 0);
}

/* Two processes, five loops each, whose threads appear by turns: few processes, though many loops.
 */
static void loops_of_few_processes_are_no_crowd(void **state)
{
	struct measurement *m = scene_new(10);
	size_t processes[] = {scene_process(m, 7, 1), scene_process(m, 8, 1)};

	(void)state;
	for (int i = 0; i < 10; i++)
		epoll_wait(m, scene_thread(m, processes[i % 2], 7 + i, 1), 9, 1000);
	assert_int_equal(loops_of(m), 10);
}

static struct measurement *loop_with_stretches(
	const double *stretches_s, const uint32_t *poll_samples, size_t count)
{
	struct measurement *m = one_thread();
	struct measured_loop *l = &m->threads[0].loop;
	size_t wait = epoll_wait(m, 0, 10, count + 1);
	double at_s = 0;

	l->polls = count + 1;
	m->threads[0].cpu_ns = 0;
	for (size_t i = 0; i < count; i++) {
		struct measured_segment *s;

		at_s += stretches_s[i];
		s = scene_segment(m, wait, at_s, 0.01);
		s->stretch_ns = SCENE_NS(stretches_s[i]);
		s->cpu_before_ns = s->stretch_ns;
		s->stretch_samples = 5;
		s->stretch_poll_samples = poll_samples[i];
		at_s += 0.01;
		m->waits[wait].total_ns -= s->stretch_ns;
		m->threads[0].cpu_ns += s->stretch_ns;
		durations_add(&l->durations, s->stretch_ns, 1);
		l->stretches++;
		l->stretch_ns += s->stretch_ns;
		if (s->stretch_ns > l->stretch_max_ns)
			l->stretch_max_ns = s->stretch_ns;
	}
	return m;
}

static void lag_is_the_time_between_two_waits(void **state)
{
	static const double stretches[] = {0.002, 0.002, 0.002, 0.3};
	static const uint32_t none[4];
	struct measurement *m = loop_with_stretches(stretches, none, 4);
	struct profile *p = scene_profile(m);

	(void)state;
	assert_int_equal(p->loops[0].iterations, 5);
	assert_near(p->loops[0].lag_p50_s, 0.002, 0.002 / 9);
	assert_near(p->loops[0].lag_max_s, 0.3, 1e-9);
	assert_near(p->loops[0].compute_max_s, 0.3, 1e-9);
	assert_near(p->loops[0].busy_share, 0.0306, 1e-9);
	scene_end(m, p);
}

/* A long stretch with polls inside that returned at once is many iterations. */
static void a_stretch_of_many_iterations_is_no_lag(void **state)
{
	static const double stretches[] = {0.2, 0.2, 0.2, 0.05};
	static const uint32_t one[] = {0, 0, 0, 2};
	static const uint32_t most[] = {3, 3, 3, 0};
	struct measurement *m = loop_with_stretches(stretches, one, 4);
	struct profile *p = scene_profile(m);

	(void)state;
	assert_near(p->loops[0].lag_max_s, 0.2, 1e-9);
	assert_near(p->loops[0].lag_p99_s, 0.2, 0.2 / 9);
	assert_int_equal(p->loops[0].iterations, 5); /* a small share is not counted */
	scene_end(m, p);
	m = loop_with_stretches(stretches, most, 4);
	for (size_t i = 0; i < 3; i++) /* it looked at the end of each: the next round */
		m->segments[i].stretch_gap_ns = SCENE_NS(0.19);
	p = scene_profile(m);
	assert_int_equal(p->loops[0].iterations, 5);
	assert_near(p->loops[0].lag_max_s, 0.2, 1e-9);
	scene_end(m, p);
	m = loop_with_stretches(stretches, most, 4);
	p = scene_profile(m);
	assert_int_equal(p->loops[0].iterations, -1);
	assert_nan(p->loops[0].lag_p50_s);
	assert_nan(p->loops[0].lag_max_s);
	scene_end(m, p);
}

/* It hardly sleeps, and samples met so many of its looks, in the last stretch alone. */
static double saturated_max_s(uint32_t looks)
{
	static const double stretches[] = {3, 3, 3, 0.95};
	const uint32_t polls[] = {0, 0, 0, looks};
	struct measurement *m = loop_with_stretches(stretches, polls, 4);
	struct profile *p;
	double max_s;

	for (size_t i = 0; i < 4; i++)
		m->segments[i].stretch_samples = 400;
	scene_sample(m, 0, "epoll_wait", true, -1, looks);
	p = scene_profile(m);
	assert_true(p->loops[0].saturated);
	max_s = p->loops[0].lag_max_s;
	scene_end(m, p);
	return max_s;
}

static void samples_may_have_missed_every_look_of_a_saturated_loop(void **state)
{
	(void)state;
	assert_nan(saturated_max_s(4));
	assert_near(saturated_max_s(100), 3, 1e-9);
}

/* Where looks that return at once are watched, each stretch is one round, whatever samples met. */
static void a_watched_stretch_is_one_round(void **state)
{
	static const double stretches[] = {0.2, 0.2, 0.2, 0.05};
	static const uint32_t most[] = {3, 3, 3, 0};
	struct measurement *m = loop_with_stretches(stretches, most, 4);
	struct profile *p;

	(void)state;
	m->processes[0].polls_start_ns = SCENE_NS(0.1);
	m->processes[0].polls_end_ns = SCENE_NS(10);
	p = scene_profile(m); /* but this thread was never seen to: it does it in another way */
	assert_nan(p->loops[0].lag_max_s);
	scene_end(m, p);
	m = loop_with_stretches(stretches, most, 4);
	m->processes[0].polls_start_ns = SCENE_NS(0.1);
	m->processes[0].polls_end_ns = SCENE_NS(10);
	m->threads[0].loop.at_once = 1;
	p = scene_profile(m); /* but for the first */
	assert_int_equal(p->loops[0].iterations, -1);
	assert_near(p->loops[0].lag_max_s, 0.2, 1e-9);
	scene_end(m, p);
	m = loop_with_stretches(stretches, most, 4);
	m->processes[0].polls_end_ns = SCENE_NS(10);
	m->threads[0].loop.at_once = 100;
	m->threads[0].loop.at_once_max_ns = SCENE_NS(0.4);
	m->threads[0].loop.at_once_computed_max_ns = SCENE_NS(0.3);
	p = scene_profile(m);
	assert_int_equal(p->loops[0].iterations, 105);
	assert_near(p->loops[0].lag_max_s, 0.4, 1e-9);
	assert_near(p->loops[0].compute_max_s, 0.3, 1e-9);
	scene_end(m, p);
}

/* It slept four times at first, and was busy from then on: in how many rounds nobody saw. */
static void what_is_lost_sight_of_has_no_lag(void **state)
{
	static const double stretches[] = {0.002, 0.002, 0.002, 0.002};
	static const uint32_t none[4];

	(void)state;
	for (int watched = 0; watched < 2; watched++) {
		struct measurement *m = loop_with_stretches(stretches, none, 4);
		struct profile *p;

		m->waits[0].total_ns = SCENE_NS(0.05);
		m->processes[0].polls_end_ns = watched ? SCENE_NS(10) : 0;
		m->threads[0].loop.at_once = watched;
		p = scene_profile(m);
		assert_int_equal(p->loops[0].iterations, watched ? 6 : -1);
		if (watched)
			assert_near(p->loops[0].lag_p99_s, 0.002, 0.002 / 9);
		else
			assert_nan(p->loops[0].lag_p99_s);
		scene_end(m, p);
	}
}

/* Segments can be of several stretches then: what it was off the CPU in this one is known. */
static void a_watched_stretch_has_its_own_computing(void **state)
{
	static const double stretches[] = {0.01, 0.3};
	static const uint32_t none[2];
	struct measurement *m = loop_with_stretches(stretches, none, 2);
	struct profile *p;

	(void)state;
	m->threads[0].loop.at_once = 100;
	m->segments[1].waits_before_ns = SCENE_NS(2);
	m->segments[1].stretch_away_ns = SCENE_NS(0.1);
	p = scene_profile(m);
	assert_near(p->loops[0].compute_max_s, 0.2, 1e-9);
	scene_end(m, p);
}

/* Ready, but without a CPU, it did not compute. */
static void computing_is_time_on_a_cpu(void **state)
{
	static const double stretches[] = {0.01, 0.3};
	static const uint32_t none[2];
	struct measurement *m = loop_with_stretches(stretches, none, 2);
	struct profile *p;

	(void)state;
	m->segments[1].cpu_before_ns = SCENE_NS(0.05);
	m->segments[1].run_queue_before_ns = SCENE_NS(0.25);
	p = scene_profile(m);
	assert_near(p->loops[0].compute_max_s, 0.05, 1e-9);
	assert_near(p->loops[0].lag_max_s, 0.3, 1e-9);
	scene_end(m, p);
}

/* What blocked it in a stretch is not what it computed there. */
static void blocking_is_told_from_computing(void **state)
{
	static const double stretches[] = {0.01, 1.0};
	static const uint32_t none[2];
	struct measurement *m = loop_with_stretches(stretches, none, 2);
	size_t sleep = scene_wait(m, 0, "clock_nanosleep", 0.9, 1);
	struct measured_segment last = m->segments[1], *s;
	struct profile *p;

	(void)state;
	s = scene_segment(m, sleep, (double)last.start_ns / 1e9 - 0.95, 0.9);
	m->segments[1] = *s; /* in time: the sleep, then the poll */
	m->segments[2] = last;
	m->threads[0].cpu_ns -= SCENE_NS(0.9);
	p = scene_profile(m);
	assert_near(p->loops[0].compute_max_s, 0.1, 1e-6);
	assert_near(p->loops[0].lag_max_s, 1, 1e-9);
	assert_int_equal(p->loops[0].blocking_count, 1);
	assert_int_equal(p->loops[0].blocking[0].state, STATE_SLEEP);
	assert_near(p->loops[0].blocking[0].max_s, 0.9, 1e-9);
	scene_end(m, p);
}

/* Other threads that wait so have nothing to do. Who the future is of is not seen: it waits itself.
 */
static void a_loop_that_waits_for_a_future_is_blocked(void **state)
{
	struct measurement *m = one_thread();
	size_t loop = scene_thread(m, 0, 8, 1), worker = scene_thread(m, 0, 9, 1);
	struct profile *p;

	(void)state;
	epoll_wait(m, loop, 6, 100);
	scene_futex(m, loop, 0x6000, 0x189, 0, 3, 60);
	scene_futex(m, worker, 0x6040, 0x189, 0, 9, 60);
	p = scene_profile(m);
	assert_int_equal(p->loops_count, 1);
	assert_int_equal(p->loops[0].blocking_count, 1);
	assert_int_equal(p->loops[0].blocking[0].state, STATE_SYNC);
	assert_near(p->loops[0].blocking[0].total_s, 3, 1e-9);
	assert_near(p->threads[worker].idle.s[STATE_SYNC], 9, 1e-9);
	scene_end(m, p);
}

/* It computes for a second; its three workers wait for their part. Whose loop does hardly anything
 * is a pool. */
static void a_loop_that_waits_for_its_workers_coordinates(void **state)
{
	static const struct {
		double workers_wait_s;
		enum model model;
	} rows[] = {{2.5, MODEL_HYBRID}, {9, MODEL_THREADS}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct measurement *m = one_thread();
		struct profile *p;

		epoll_wait(m, 0, 9, 10);
		for (int worker = 0; worker < 3; worker++)
			scene_wait(m, scene_thread(m, 0, 8 + worker, 0.1), "nanosleep",
				rows[i].workers_wait_s, 9);
		p = scene_profile(m);
		assert_near(p->work.wait_joint_s, 0, 1e-9);
		assert_int_equal(p->work.model, rows[i].model);
		scene_end(m, p);
	}
}

/* On a crowded machine the helpers of a runtime queue for longer than the loop works. */
static void queueing_for_a_cpu_carries_no_work(void **state)
{
	struct measurement *m = one_thread();
	struct profile *p;

	(void)state;
	epoll_wait(m, 0, 6, 100);
	m->threads[0].run_queue_ns = SCENE_NS(3);
	for (int i = 0; i < 6; i++) {
		size_t helper = scene_thread(m, 0, 8 + i, 0.05);

		scene_wait(m, helper, "futex", 7.95, 1);
		m->threads[helper].run_queue_ns = SCENE_NS(2);
	}
	p = scene_profile(m);
	assert_int_equal(p->work.model, MODEL_EVENT_LOOP);
	assert_near(p->loops[0].busy_share, 1 / 7.0, 1e-9);
	assert_near(p->loops[0].work_share, 0.1, 1e-9);
	assert_near(p->loops[0].run_queue_share, 0.3, 1e-9);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_comes_round_is_a_loop),
		cmocka_unit_test(who_then_waits_for_single_sockets_is_none),
		cmocka_unit_test(samples_show_a_loop_that_never_sleeps),
		cmocka_unit_test(a_runtime_s_scheduler_is_no_loop),
		cmocka_unit_test(helpers_are_no_loops),
		cmocka_unit_test(node_s_workers_are_no_loops),
		cmocka_unit_test(a_forked_worker_has_its_parents_epoll),
		cmocka_unit_test(a_process_per_connection_is_no_loop),
		cmocka_unit_test(loops_of_few_processes_are_no_crowd),
		cmocka_unit_test(lag_is_the_time_between_two_waits),
		cmocka_unit_test(a_stretch_of_many_iterations_is_no_lag),
		cmocka_unit_test(samples_may_have_missed_every_look_of_a_saturated_loop),
		cmocka_unit_test(a_watched_stretch_is_one_round),
		cmocka_unit_test(what_is_lost_sight_of_has_no_lag),
		cmocka_unit_test(a_watched_stretch_has_its_own_computing),
		cmocka_unit_test(computing_is_time_on_a_cpu),
		cmocka_unit_test(blocking_is_told_from_computing),
		cmocka_unit_test(a_loop_that_waits_for_a_future_is_blocked),
		cmocka_unit_test(a_loop_that_waits_for_its_workers_coordinates),
		cmocka_unit_test(queueing_for_a_cpu_carries_no_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
