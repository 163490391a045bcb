/* The table of metrics: ordered, complete, and defined on every profile, even that of nothing. */
#include "scene.h"

#include "analyzer/metric.h"
#include "analyzer/top.h"

static double value(const struct profile *p, const char *name)
{
	const struct metric *m = metric_find(name);

	if (!m)
		fail_msg("no metric %s", name);
	return m->value(p);
}

static void the_table_is_ordered_and_said_in_full(void **state)
{
	const struct metric *metric;

	(void)state;
	assert_true(metric_count() > 60);
	assert_null(metric_at(metric_count()));
	for (size_t i = 0; (metric = metric_at(i)); i++) {
		assert_true(i == 0 || strcmp(metric_at(i - 1)->name, metric->name) < 0);
		assert_true(strlen(metric->unit) > 0 && strlen(metric->meaning) > 0);
		assert_ptr_equal(metric_find(metric->name), metric);
		assert_string_equal(metric_nearest(metric->name), metric->name);
	}
	assert_null(metric_find("time.netwrok.share"));
	assert_null(metric_find(""));
}

static void a_misspelt_name_finds_its_neighbour(void **state)
{
	char endless[1000];

	(void)state;
	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	assert_string_equal(metric_nearest("time.netwrok.share"), "time.network.share");
	assert_string_equal(metric_nearest("threads.speed_up"), "threads.speedup");
	assert_non_null(metric_nearest(""));
	assert_non_null(metric_nearest(endless));
}

/* Unknown is NAN, never infinite; a share is one. */
static void assert_sane(const struct profile *p)
{
	const struct metric *metric;

	for (size_t i = 0; (metric = metric_at(i)); i++) {
		double v = metric->value(p);

		if (isinf(v))
			fail_msg("%s is infinite", metric->name);
		if (strcmp(metric->unit, "share") == 0 && !isnan(v) && (v < 0 || v > 1 + 1e-9) &&
			strstr(metric->name, "cost") == NULL &&
			strstr(metric->name, "behind") == NULL)
			fail_msg("%s is %g", metric->name, v);
		if (strcmp(metric->unit, "bool") == 0 && !isnan(v) && v != 0 && v != 1)
			fail_msg("%s is %g", metric->name, v);
	}
}

static void nothing_at_all_has_a_profile(void **state)
{
	struct measurement *m = measurement_new();
	struct profile *p = scene_profile(m);

	(void)state;
	assert_sane(p);
	assert_nan(value(p, "time.network.share"));
	assert_nan(value(p, "loop.lag_max_s"));
	assert_near(value(p, "loop.count"), 0, 0);
	assert_near(value(p, "locks.top.wait_s"), 0, 0);
	scene_end(m, p);
}

static void a_little_of_everything(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), child = scene_process(m, 20, 7);
	size_t loop = scene_thread(m, process, 7, 2), worker = scene_thread(m, process, 8, 1);
	size_t disk = scene_thread(m, child, 20, 1), wait;
	struct profile *p;

	(void)state;
	scene_runtime(m, process, "cpython", true);
	m->processes[child].started = true;
	m->processes[child].end_ns = m->threads[disk].end_ns = (int64_t)SCENE_NS(5);
	scene_file_wait(m, loop, "epoll_wait", scene_file(m, FILE_EPOLL), 5, 100);
	scene_wait(m, loop, "clock_nanosleep", 3, 6);
	scene_futex(m, worker, 0x10100, 0x189, 0, 2, 40);
	scene_futex(m, worker, 0x6000, 0x80, 2, 1, 40);
	scene_file_wait(m, worker, "recvfrom", scene_socket(m, NULL, "10.0.0.7:80"), 6, 60);
	wait = scene_file_wait(m, disk, "fsync", scene_file(m, FILE_REGULAR), 4, 400);
	m->waits[wait].iowait = true;
	m->threads[worker].switches_voluntary = 140;
	m->host.throttled_ns = SCENE_NS(1);
	p = scene_profile(m);
	assert_sane(p);
	assert_near(value(p, "time.total_s"), 25, 1e-6);
	assert_near(value(p, "time.network.s"), 6, 1e-9);
	assert_near(value(p, "time.network.share"), 0.24, 1e-9);
	assert_near(value(p, "time.cpu.s"), 4, 1e-9);
	assert_near(value(p, "gil.wait_s"), 2, 1e-9);
	assert_near(value(p, "gil.waiters"), 1, 0);
	assert_near(value(p, "runtime.cpython"), 1, 0);
	assert_near(value(p, "runtime.native"), 0, 0);
	assert_near(value(p, "locks.top.wait_s"), 1, 1e-9);
	assert_near(value(p, "locks.top.concentration"), 1, 1e-9);
	assert_near(value(p, "loop.count"), 1, 0);
	assert_near(value(p, "loop.blocking.share"), 0.3, 1e-9);
	assert_near(value(p, "loop.blocking.max_s"), 0.5, 1e-9);
	assert_near(value(p, "waits.durable.count"), 400, 0);
	assert_near(value(p, "waits.durable.per_s"), 40, 1e-9);
	assert_near(value(p, "waits.durable.share"), 4 / value(p, "work.total_s"), 1e-9);
	assert_near(value(p, "waits.top.count"), 60, 0);
	assert_near(value(p, "children.started"), 1, 0);
	assert_near(value(p, "children.started_per_s"), 0.1, 1e-9);
	assert_near(value(p, "children.lifetime_mean_s"), 5, 1e-9);
	assert_near(value(p, "host.throttled_share"), 0.1, 1e-9);
	assert_near(value(p, "switches.voluntary_per_cpu_s"), 35, 1e-9);
	assert_near(value(p, "memory.per_process_bytes"), 10 << 20, 0);
	assert_near(value(p, "run.attached"), 0, 0);
	assert_near(value(p, "run.wall_s"), 10, 1e-9);
	assert_near(value(p, "host.cpus"), 4, 0);
	assert_nan(value(p, "host.cpu_quota"));
	scene_end(m, p);
}

static void named(struct measurement *m, size_t thread, const char *name)
{
	free(m->threads[thread].name);
	m->threads[thread].name = strdup(name);
}

/* Of a thread that has nothing to do, among two that ask a server for most of the time. */
static double spare_of(const char *name)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), thread;
	struct profile *p;
	double spare;

	thread = scene_thread(m, process, 7, 0.01);
	scene_futex(m, thread, 0x6000, 0x189, 0, 9.99, 1);
	for (int i = 0; i < 2; i++) {
		thread = scene_thread(m, process, 8 + i, 0.5);
		named(m, thread, i ? "pool-1-thread-2" : "pool-1-thread-1");
		scene_file_wait(
			m, thread, "recvfrom", scene_socket(m, NULL, "10.0.0.7:80"), 9.5, 100);
	}
	thread = scene_thread(m, process, 10, 0.01);
	named(m, thread, name);
	scene_futex(m, thread, 0x7000, 0x189, 0, 9.99, 10);
	p = scene_profile(m);
	assert_near(value(p, "roles.idle.count") + value(p, "roles.coordinator.count"), 2, 0);
	spare = value(p, "roles.spare.count");
	scene_end(m, p);
	return spare;
}

static void only_a_worker_of_the_same_pool_is_spare(void **state)
{
	(void)state;
	assert_near(spare_of("pool-1-thread-13"), 1, 0);
	assert_near(spare_of("GC Thread#0"), 0, 0);
	assert_near(spare_of("pool-2-thread-1"), 0, 0);
}

static void what_runs_in_one_thread_is_threadless(void **state)
{
	static const char *const runtimes[] = {"php", "perl", "r", "cpython"};

	(void)state;
	for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++) {
		struct measurement *m = scene_new(10);
		struct profile *p;

		scene_thread(m, scene_process(m, 7, 1), 7, 1);
		scene_runtime(m, 0, runtimes[i], false);
		p = scene_profile(m);
		assert_near(value(p, "runtime.threadless"), i < 3, 0);
		scene_end(m, p);
	}
}

static void synced(struct measurement *m, const char *path)
{
	size_t file = scene_file(m, FILE_REGULAR);

	m->files[file].path = strdup(path);
	scene_file_wait(m, 0, "fdatasync", file, 0.1, 10);
}

/* A journal that is made anew each time is often gone before its path can be read. */
static void a_name_without_its_folder_may_be_any_file_of_that_name(void **state)
{
	static const char *const paths[] = {
		"/srv/.journal", ".journal", "/srv/base", "/srv/.journal", "srv", "/var/base"};
	struct measurement *m = scene_new(10);
	struct profile *p;

	(void)state;
	scene_thread(m, scene_process(m, 7, 1), 7, 1);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		synced(m, paths[i]);
	p = scene_profile(m);
	assert_near(value(p, "waits.durable.files"), 4, 0);
	scene_end(m, p);
}

/* Two loops of one process: one that computes, and one that comes round often. */
static void what_is_usual_is_told_of_the_loop_that_computes(void **state)
{
	struct measurement *m = scene_new(10);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct measured_segment *s;
		struct measured_loop *l;
		size_t wait;

		scene_thread(m, i ? 0 : scene_process(m, 7, 1), 7 + (int)i, 2);
		wait = scene_file_wait(m, i, "epoll_wait", scene_file(m, FILE_EPOLL), 8, 200);
		s = scene_segment(m, wait, 5, 0.01);
		s->stretch_ns = s->cpu_before_ns = SCENE_NS(i ? 0.02 : 0.2);
		l = &m->threads[i].loop;
		l->polls = l->stretches = i ? 200 : 20;
		l->stretch_ns = SCENE_NS(2);
		durations_add(&l->durations, SCENE_NS(i ? 0.01 : 0.1), l->stretches);
	}
	for (size_t rounds = 20; rounds <= 200; rounds += 180) {
		struct profile *p;

		m->threads[0].loop.polls = rounds;
		p = scene_profile(m);
		assert_near(value(p, "loop.compute_max_s"), 0.2, 1e-9);
		if (rounds < 100)
			assert_nan(value(p, "loop.computing.lag_p99_s"));
		else
			assert_near(value(p, "loop.computing.lag_p99_s"), 0.1, 0.02);
		profile_free(p);
	}
	measurement_free(m);
}

/* A loop beside a thread that computes: of ten seconds it waits so long for the interpreter's lock
 * and for another, sleeps one, and is blocked by such a share in all. */
static void blocking_share_is(double interpreter_s, double lock_s, double share, enum state top)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), loop = scene_thread(m, process, 7, 1);
	struct profile *p;

	scene_runtime(m, process, "cpython", true);
	scene_thread(m, process, 8, 10);
	scene_file_wait(m, loop, "epoll_wait", scene_file(m, FILE_EPOLL), 1, 100);
	scene_futex(m, loop, 0x10100, 0x189, 0, interpreter_s, 800);
	scene_futex(m, loop, 0x6000, 0x80, 2, lock_s, 100);
	scene_wait(m, loop, "clock_nanosleep", 1, 20);
	p = scene_profile(m);
	assert_near(value(p, "loop.count"), 1, 0);
	assert_near(value(p, "loop.blocking.share"), share, 1e-9);
	assert_int_equal(blocking_top(p)->state, top);
	scene_end(m, p);
}

/* That is the others' doing; and where it is most, so is another lock that they have meanwhile. */
static void a_turn_at_the_interpreters_lock_blocks_no_loop(void **state)
{
	(void)state;
	blocking_share_is(4, 2, 0.1, STATE_SLEEP);
	blocking_share_is(1, 4, 0.5, STATE_LOCK);
}

/* One thread sleeps for three of four seconds, another one waits half of them for an answer, and a
 * third one all the time for what may never come. */
static void who_sleeps_or_stands_still_awaits_nothing(void **state)
{
	struct measurement *m = scene_new(4);
	size_t process = scene_process(m, 7, 1), still;
	size_t asked = scene_socket(m, NULL, "10.0.0.9:80");
	struct profile *p;

	(void)state;
	scene_wait(m, scene_thread(m, process, 7, 1), "clock_nanosleep", 3, 30);
	scene_file_wait(m, scene_thread(m, process, 8, 2), "recvfrom", asked, 2, 20);
	still = scene_file_wait(m, scene_thread(m, process, 9, 0), "recvfrom", asked, 4, 1);
	m->waits[still].open = 1;
	p = scene_profile(m);
	assert_near(value(p, "concurrency.mean_waiting"), 2.25, 1e-9);
	assert_near(value(p, "concurrency.mean_awaiting"), 0.5, 1e-9);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_turn_at_the_interpreters_lock_blocks_no_loop),
		cmocka_unit_test(who_sleeps_or_stands_still_awaits_nothing),
		cmocka_unit_test(the_table_is_ordered_and_said_in_full),
		cmocka_unit_test(a_misspelt_name_finds_its_neighbour),
		cmocka_unit_test(nothing_at_all_has_a_profile),
		cmocka_unit_test(a_little_of_everything),
		cmocka_unit_test(only_a_worker_of_the_same_pool_is_spare),
		cmocka_unit_test(what_runs_in_one_thread_is_threadless),
		cmocka_unit_test(a_name_without_its_folder_may_be_any_file_of_that_name),
		cmocka_unit_test(what_is_usual_is_told_of_the_loop_that_computes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
