/* The article's programs, and some beside them, as their measurements look: model, prediction,
 * purpose. */
#include "scene.h"

#define SEMAPHORE \
	0x189 /* FUTEX_WAIT_BITSET | PRIVATE | CLOCK_REALTIME: glibc's condition variables */

static const struct prediction *row(const struct profile *p, enum model m)
{
	return &p->predictions[m];
}

/* sleep 1, five times over. */
static void sequential_sleeps_want_threads(void **state)
{
	struct measurement *m = scene_new(5.03);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.03);
	struct profile *p;

	(void)state;
	scene_runtime(m, process, "cpython", true);
	scene_wait(m, thread, "clock_nanosleep", 5, 5);
	p = scene_profile(m);
	assert_int_equal(p->work.model, MODEL_SEQUENTIAL);
	assert_int_equal(p->work.operations, 5);
	assert_near(row(p, MODEL_SEQUENTIAL)->wall_s, 5.03, 1e-6);
	assert_true(row(p, MODEL_SEQUENTIAL)->current);
	assert_int_equal(row(p, MODEL_THREADS)->workers, 5);
	assert_between(row(p, MODEL_THREADS)->speedup, 4.5, 5.0);
	assert_int_equal(row(p, MODEL_THREADS)->limited_by, LIMIT_LONGEST_WAIT);
	assert_between(row(p, MODEL_EVENT_LOOP)->speedup, 4.5, 5.0);
	assert_int_equal(p->threads[0].role, ROLE_MAIN);
	scene_end(m, p);
}

/* One wait cannot be overlapped with itself. */
static void one_sleep_gains_nothing(void **state)
{
	struct measurement *m = scene_new(2.001);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0.001);
	struct profile *p;

	(void)state;
	scene_wait(m, thread, "clock_nanosleep", 2, 1);
	p = scene_profile(m);
	for (int model = 0; model < MODEL_COUNT; model++)
		assert_between(row(p, model)->speedup, 0.95, 1.01);
	scene_end(m, p);
}

static struct measurement *thread_pool(double wall_s)
{
	struct measurement *m = scene_new(wall_s);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.05);

	scene_runtime(m, process, "cpython", true);
	scene_futex(m, thread, 0x5000, SEMAPHORE, 0, wall_s - 0.05, 5);
	for (int i = 0; i < 5; i++) {
		size_t worker = scene_thread(m, process, 8 + i, 0.001);
		size_t wait = scene_wait(m, worker, "clock_nanosleep", 1, 1);

		m->threads[worker].started = true;
		m->threads[worker].start_ns = 50000000;
		scene_segment(m, wait, 0.05, 1);
	}
	return m;
}

static void sleeps_in_threads_are_well(void **state)
{
	struct measurement *m = thread_pool(1.06);
	struct profile *p = scene_profile(m);

	(void)state;
	assert_int_equal(p->work.model, MODEL_THREADS);
	assert_int_equal(p->work.workers, 5);
	assert_int_equal(p->threads[0].role, ROLE_COORDINATOR);
	assert_int_equal(p->threads[1].role, ROLE_WORKER);
	assert_near(p->work.wait_s, 5, 1e-6); /* the join is the others' time */
	assert_near(row(p, MODEL_THREADS)->wall_s, 1.06, 1e-6);
	assert_between(row(p, MODEL_EVENT_LOOP)->speedup, 0.9, 1.05);
	assert_between(row(p, MODEL_SEQUENTIAL)->speedup, 0.19, 0.22);
	assert_between(p->tuned.speedup, 0.9, 1.05);
	assert_near(p->concurrency.waiting_peak, 5, 0);
	scene_end(m, p);
}

/* Round after round of new threads: more at once than there were do not follow from that. */
static void rounds_of_threads_follow_each_other(void **state)
{
	struct measurement *m = scene_new(8);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;

	(void)state;
	scene_runtime(m, process, "cpython", true);
	scene_futex(m, scene_thread(m, process, 7, 0.05), 0x5000, SEMAPHORE, 0, 7.9, 40);
	for (int i = 0; i < 40; i++) {
		size_t worker = scene_thread(m, process, 8 + i, 0.001);

		m->threads[worker].started = true;
		m->threads[worker].start_ns = (int64_t)SCENE_NS(i / 5);
		m->threads[worker].end_ns = (int64_t)SCENE_NS(i / 5 + 0.995);
		scene_wait(m, worker, "clock_nanosleep", 0.99, 1);
	}
	p = scene_profile(m);
	assert_int_equal(p->work.workers, 5);
	assert_true(p->work.elastic);
	assert_between(p->tuned.speedup, 0.95, 1.05);
	assert_between(row(p, MODEL_EVENT_LOOP)->speedup, 0.9, 1.05);
	scene_end(m, p);
}

/* The same workers over and over: whether they find work when they are done tells a queue. */
static double tuned_of_pool(uint64_t waits_for_work)
{
	struct measurement *m = scene_new(8);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;
	double speedup;

	scene_runtime(m, process, "cpython", true);
	scene_futex(m, scene_thread(m, process, 7, 0.05), 0x5000, SEMAPHORE, 0, 7.9, 40);
	for (int i = 0; i < 5; i++) {
		size_t worker = scene_thread(m, process, 8 + i, 0.01);

		scene_wait(m, worker, "clock_nanosleep", 7.9, 40);
		if (waits_for_work)
			scene_futex(m, worker, 0x6000, SEMAPHORE, 0, 0.01, waits_for_work);
	}
	p = scene_profile(m);
	speedup = p->tuned.speedup;
	scene_end(m, p);
	return speedup;
}

static void a_pool_that_finds_no_work_is_not_too_small(void **state)
{
	(void)state;
	assert_between(tuned_of_pool(40), 0.95, 1.05);
	assert_true(tuned_of_pool(2) > 2);
}

/* The same in one pool, whose workers wait for the next round; and where there is more to do. */
static void a_pool_that_waits_for_work_is_large_enough(void **state)
{
	struct measurement *m[2];

	(void)state;
	for (int backlog = 0; backlog < 2; backlog++) {
		struct profile *p;

		m[backlog] = scene_new(8);
		scene_process(m[backlog], 7, 1);
		scene_futex(m[backlog], scene_thread(m[backlog], 0, 7, 0.05), 0x5000, SEMAPHORE, 0,
			7.9, 40);
		for (int i = 0; i < 5; i++) {
			size_t worker = scene_thread(m[backlog], 0, 8 + i, 0.01);

			scene_wait(m[backlog], worker, "clock_nanosleep", 7.9, 8);
			scene_futex(
				m[backlog], worker, 0x6000, SEMAPHORE, 0, 0.05, backlog ? 1 : 8);
		}
		p = scene_profile(m[backlog]);
		assert_int_equal(p->work.workers, 5);
		assert_between(p->tuned.speedup, backlog ? 5 : 0.95, backlog ? 8.1 : 1.05);
		scene_end(m[backlog], p);
	}
}

/* A main thread that took its time to start is no sixth worker. */
static void who_coordinates_is_no_worker(void **state)
{
	struct measurement *m = thread_pool(1.35);
	struct profile *p;

	(void)state;
	m->threads[0].cpu_ns += SCENE_NS(0.3);
	m->waits[0].total_ns -= SCENE_NS(0.3);
	p = scene_profile(m);
	assert_int_equal(p->work.workers, 5);
	scene_end(m, p);
}

static void counting_down_wants_processes(void **state)
{
	struct measurement *m = scene_new(1.45);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 1.44);
	struct profile *p;

	(void)state;
	m->host.cpus_allowed = 2;
	scene_runtime(m, process, "cpython", true);
	scene_sample(m, thread, NULL, false, 1, 700);
	p = scene_profile(m);
	assert_int_equal(p->work.model, MODEL_SEQUENTIAL);
	assert_between(row(p, MODEL_PROCESSES)->speedup, 1.6, 2);
	assert_int_equal(row(p, MODEL_PROCESSES)->workers, 2);
	assert_int_equal(row(p, MODEL_PROCESSES)->limited_by, LIMIT_CORES);
	assert_between(row(p, MODEL_THREADS)->speedup, 0.95, 1.02);
	assert_int_equal(row(p, MODEL_THREADS)->limited_by, LIMIT_INTERPRETER_LOCK);
	assert_between(row(p, MODEL_EVENT_LOOP)->speedup, 0.95, 1.02);
	assert_near(p->interpreter.held_share, 1, 0);
	scene_end(m, p);
}

/* zlib and the like let the lock go: threads do. */
static void computing_without_the_lock_wants_threads(void **state)
{
	struct measurement *m = scene_new(1.45);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 1.44);
	struct profile *p;

	(void)state;
	m->host.cpus_allowed = 2;
	scene_runtime(m, process, "cpython", true);
	scene_sample(m, thread, NULL, false, 1, 21);
	scene_sample(m, thread, NULL, false, 0, 679);
	p = scene_profile(m);
	assert_near(p->interpreter.free_cpu_share, 0.97, 1e-9);
	assert_between(row(p, MODEL_THREADS)->speedup, 1.5, 2);
	scene_end(m, p);
}

static struct measurement *counting_threads(void)
{
	struct measurement *m = scene_new(1.51);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.02);

	m->host.cpus_allowed = 2;
	scene_runtime(m, process, "cpython", true);
	scene_futex(m, thread, 0x5000, SEMAPHORE, 0, 1.48, 2);
	for (int i = 0; i < 2; i++) {
		size_t worker = scene_thread(m, process, 8 + i, 0.73);

		m->threads[worker].start_ns = 20000000;
		scene_futex(m, worker, 0x10100, 0x189, 0, 0.74, 150);
		scene_sample(m, worker, NULL, false, 1, 360);
	}
	return m;
}

static void counting_down_in_threads_is_gil_bound(void **state)
{
	struct measurement *m = counting_threads();
	struct profile *p = scene_profile(m);

	(void)state;
	assert_int_equal(p->work.model, MODEL_THREADS);
	assert_int_equal(p->work.workers, 2);
	assert_near(p->interpreter.wait_s, 1.48, 1e-6);
	assert_near(p->work.wait_s, 0, 1e-6); /* waiting for the lock is no I/O */
	assert_between(row(p, MODEL_PROCESSES)->speedup, 1.5, 2);
	assert_int_equal(row(p, MODEL_THREADS)->limited_by, LIMIT_INTERPRETER_LOCK);
	assert_between(p->tuned.speedup, 0.95, 1.03);
	assert_string_equal(p->locks[0].kind, "interpreter");
	assert_false(p->locks[0].inferred);
	assert_int_equal(p->locks[0].waiters, 2);
	scene_end(m, p);
}

static void counting_down_in_processes_is_well(void **state)
{
	struct measurement *m = scene_new(0.86);
	size_t parent = scene_process(m, 7, 1);
	size_t main_thread = scene_thread(m, parent, 7, 0.04),
	       pool = scene_thread(m, parent, 8, 0.002);
	size_t wait = scene_wait(m, pool, "poll", 0.8, 3);
	struct profile *p;

	(void)state;
	m->host.cpus_allowed = 2;
	m->waits[wait].files_polled = 4; /* the results' pipe and the workers' sentinels */
	scene_runtime(m, parent, "cpython", true);
	scene_futex(m, main_thread, 0x5000, SEMAPHORE, 0, 0.81, 2);
	for (int i = 0; i < 2; i++) {
		size_t process = scene_process(m, 9 + i, 7);
		size_t worker = scene_thread(m, process, 9 + i, 0.74);

		scene_runtime(m, process, "cpython", true);
		m->processes[process].started = true;
		m->processes[process].start_ns = m->threads[worker].start_ns = 40000000;
		scene_file_wait(m, worker, "read", scene_file(m, FILE_PIPE), 0.05, 2);
	}
	p = scene_profile(m);
	assert_int_equal(p->work.model, MODEL_PROCESSES);
	assert_int_equal(p->work.workers, 2);
	assert_int_equal(p->loops_count, 0);
	assert_near(p->work.wait_s, 0, 1e-6);
	assert_int_equal(p->threads[main_thread].role, ROLE_COORDINATOR);
	assert_between(row(p, MODEL_THREADS)->speedup, 0.5, 0.6);
	assert_near(row(p, MODEL_PROCESSES)->speedup, 1, 0);
	scene_end(m, p);
}

/* Five sleeps at once on a loop: it polls once, and waits for all of them. */
static void gathering_on_a_loop_is_well(void **state)
{
	struct measurement *m = scene_new(1.1);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.09);
	struct profile *p;

	(void)state;
	scene_runtime(m, process, "cpython", true);
	scene_file_wait(m, thread, "epoll_wait", scene_file(m, FILE_EPOLL), 1.0, 1);
	m->threads[thread].loop.polls = 1;
	p = scene_profile(m);
	assert_int_equal(p->threads[0].role, ROLE_EVENT_LOOP);
	assert_int_equal(p->work.model, MODEL_EVENT_LOOP);
	assert_false(p->work.service); /* the run has an end */
	assert_int_equal(p->loops[0].iterations, 1);
	assert_near(row(p, MODEL_EVENT_LOOP)->speedup, 1, 0);
	assert_between(row(p, MODEL_THREADS)->speedup, 0.9, 1.1);
	assert_between(row(p, MODEL_PROCESSES)->speedup, 0.9, 1.1);
	assert_nan(row(p, MODEL_SEQUENTIAL)->speedup); /* how many it had under way does not show */
	assert_between(p->tuned.speedup, 0.9, 1.05);
	scene_end(m, p);
}

static void the_same_attached_is_no_service(void **state)
{
	struct measurement *m = scene_new(5);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.01);
	struct profile *p;

	(void)state;
	m->target.mode = MEASURED_ATTACH;
	scene_runtime(m, process, "cpython", true);
	scene_file_wait(m, thread, "epoll_wait", scene_file(m, FILE_EPOLL), 4.99, 6);
	p = scene_profile(m);
	assert_false(p->work.service);
	assert_int_equal(p->work.model, MODEL_EVENT_LOOP);
	scene_end(m, p);
}

/* time.sleep() in coroutines: the loop stands still. */
static void sleeping_on_a_loop_blocks_it(void **state)
{
	struct measurement *m = scene_new(5.3);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.1);
	size_t epoll = scene_file(m, FILE_EPOLL);
	struct profile *p;

	(void)state;
	scene_runtime(m, process, "cpython", true);
	scene_file_wait(m, thread, "epoll_wait", epoll, 0.15, 2);
	scene_wait(m, thread, "clock_nanosleep", 5, 5);
	p = scene_profile(m);
	assert_int_equal(p->loops_count, 1);
	assert_int_equal(p->loops[0].blocking_count, 1);
	assert_int_equal(p->loops[0].blocking[0].state, STATE_SLEEP);
	assert_int_equal(p->loops[0].blocking[0].count, 5);
	assert_near(p->loops[0].blocking[0].total_s, 5, 1e-6);
	assert_int_equal(p->work.model, MODEL_EVENT_LOOP);
	assert_between(p->tuned.speedup, 3.5, 5);
	assert_near(row(p, MODEL_EVENT_LOOP)->speedup, 1, 0);
	scene_end(m, p);
}

/* A client that fetches one by one, from a server that it started: an asyncio loop. */
static void fetching_one_by_one_wants_threads(void **state)
{
	struct measurement *m = scene_new(2.35);
	size_t client = scene_process(m, 7, 1), server = scene_process(m, 8, 7);
	size_t thread = scene_thread(m, client, 7, 0.1), loop = scene_thread(m, server, 8, 0.14);
	struct profile *p;

	(void)state;
	scene_runtime(m, client, "cpython", true);
	scene_runtime(m, server, "cpython", true);
	m->processes[server].started = true;
	scene_file_wait(m, thread, "read", scene_file(m, FILE_PIPE), 0.15, 1);
	for (int i = 0; i < 40; i++) {
		char local[32];
		size_t wait;

		snprintf(local, sizeof(local), "127.0.0.1:%d", 40000 + i);
		wait = scene_file_wait(
			m, thread, "recvfrom", scene_socket(m, local, "127.0.0.1:45001"), 0.052, 1);
		scene_segment(m, wait, 0.23 + 0.053 * i, 0.052)->cpu_before_ns =
			i ? 1000000 : 50000000;
	}
	scene_file_wait(m, loop, "epoll_wait", scene_file(m, FILE_EPOLL), 2.2, 82);
	p = scene_profile(m);
	assert_int_equal(p->work.model, MODEL_SEQUENTIAL);
	assert_false(p->work.service);
	assert_int_equal(p->work.operations, 40);
	assert_between(row(p, MODEL_THREADS)->speedup, 6, 11);
	assert_near(p->work.wait_joint_s, 0, 1e-9); /* the server's loop waits for its users */
	assert_string_equal(p->waits[0].object ? p->waits[0].object : "", "epoll");
	assert_true(p->waits[0].idle);
	assert_string_equal(p->waits[1].object, "127.0.0.1:45001");
	assert_int_equal(p->waits[1].count, 40);
	scene_end(m, p);
}

static struct measurement *mutex_convoy(void)
{
	struct measurement *m = scene_new(2);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.001);

	scene_futex(m, thread, 0x7f00, 0x109, 8, 1.99, 4); /* join */
	for (int i = 0; i < 4; i++) {
		size_t worker = scene_thread(m, process, 8 + i, 0.5);

		scene_futex(m, worker, 0x6000, 0x80, 2, 1.49, 3000);
	}
	return m;
}

static void one_mutex_serialises_all(void **state)
{
	struct measurement *m = mutex_convoy();
	struct profile *p = scene_profile(m);

	(void)state;
	assert_int_equal(p->work.model, MODEL_THREADS);
	assert_string_equal(p->locks[0].kind, "mutex");
	assert_int_equal(p->locks[0].waiters, 4);
	assert_near(p->locks[0].total_wait_s, 5.96, 1e-6);
	assert_between(p->locks[0].held_s, 1.9, 2);
	assert_int_equal(row(p, MODEL_THREADS)->limited_by, LIMIT_LOCK);
	assert_between(p->tuned.speedup, 0.9, 1.05); /* more threads do not help */
	scene_end(m, p);
}

/* Children one after the other: the script only waits, and they could run side by side. */
static void commands_one_by_one_want_concurrency(void **state)
{
	struct measurement *m = scene_new(4);
	size_t shell = scene_process(m, 7, 1), thread = scene_thread(m, shell, 7, 0.02);
	struct profile *p;

	(void)state;
	for (int i = 0; i < 20; i++) {
		size_t child = scene_process(m, 8 + i, 7),
		       worker = scene_thread(m, child, 8 + i, 0.19);

		m->processes[child].started = true;
		m->processes[child].start_ns = m->threads[worker].start_ns = (int64_t)i * 200000000;
		m->processes[child].end_ns = m->threads[worker].end_ns =
			(int64_t)(i + 1) * 200000000 - 5000000;
	}
	scene_wait(m, thread, "wait4", 3.9, 20);
	p = scene_profile(m);
	assert_int_equal(p->work.model, MODEL_SEQUENTIAL);
	assert_int_equal(p->threads[0].role, ROLE_COORDINATOR);
	assert_int_equal(p->work.operations, 20);
	assert_int_equal(p->concurrency.processes_peak, 2);
	assert_between(row(p, MODEL_PROCESSES)->speedup, 2.5, 4);
	scene_end(m, p);
}

static struct measurement *redis(double busy_s)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, busy_s);
	size_t listener = scene_socket(m, "0.0.0.0:6379", NULL);

	m->target.mode = MEASURED_ATTACH;
	m->files[listener].listening = true;
	scene_file_wait(m, thread, "epoll_wait", scene_file(m, FILE_EPOLL), 10 - busy_s, 1000);
	m->threads[thread].loop.polls = 1000;
	for (int i = 0; i < 3; i++) /* its background threads */
		scene_futex(
			m, scene_thread(m, process, 8 + i, 0), 0x6000 + 256 * i, 0x80, 0, 10, 1);
	return m;
}

static void a_loop_that_waits_for_its_users_is_a_service(void **state)
{
	struct measurement *m = redis(2);
	struct profile *p = scene_profile(m);

	(void)state;
	assert_true(p->work.service);
	assert_true(p->server.present);
	assert_int_equal(p->work.model, MODEL_EVENT_LOOP);
	assert_near(row(p, MODEL_EVENT_LOOP)->capacity, 5, 1e-6);
	assert_nan(row(p, MODEL_EVENT_LOOP)->speedup);
	assert_between(row(p, MODEL_PROCESSES)->capacity, 17.2, 17.5); /* each of 4 at 0.875 */
	assert_int_equal(p->threads[1].role, ROLE_IDLE);
	assert_near(p->work.busy.total_s, 2, 1e-6);
	scene_end(m, p);
}

/* It computes, and listens in vain: no service, as launched programs go. */
static void a_launched_program_that_only_listens_is_no_service(void **state)
{
	struct measurement *m = scene_new(3);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 2.9);
	size_t listener = scene_socket(m, "127.0.0.1:6060", NULL);
	struct profile *p;

	(void)state;
	m->files[listener].listening = true;
	scene_file_wait(m, scene_thread(m, process, 8, 0.01), "epoll_pwait",
		scene_file(m, FILE_EPOLL), 2.9, 3);
	scene_runtime(m, process, "go", false);
	(void)thread;
	p = scene_profile(m);
	assert_false(p->work.service);
	scene_end(m, p);
}

/* What goroutines wait for does not show; that all wait, does. */
static void a_go_client_waits_for_all_it_started(void **state)
{
	struct measurement *m = scene_new(3);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.05);
	struct profile *p;

	(void)state;
	scene_runtime(m, process, "go", false);
	scene_file_wait(m, thread, "epoll_pwait", scene_file(m, FILE_EPOLL), 2.9, 30);
	p = scene_profile(m);
	assert_int_equal(p->loops_count, 0);
	assert_near(p->work.wait_joint_s, 2.9, 1e-9);
	scene_end(m, p);
}

/* A server that takes one connection at a time, and asks another one for each. */
static void a_worker_in_front_of_a_slow_upstream(void **state)
{
	struct measurement *m = scene_new(10);
	size_t master = scene_process(m, 7, 1), worker = scene_process(m, 8, 7);
	size_t main_thread = scene_thread(m, master, 7, 0.01);
	size_t thread = scene_thread(m, worker, 8, 0.4);
	size_t wait = scene_wait(m, thread, "select", 0.5, 40);
	struct profile *p;

	(void)state;
	m->target.mode = MEASURED_ATTACH;
	m->waits[wait].files_polled = 2; /* the listener and a pipe */
	wait = scene_file_wait(m, main_thread, "select", scene_file(m, FILE_PIPE), 9.9, 10);
	m->waits[wait].files_polled = 1;
	scene_file_wait(m, thread, "recvfrom", scene_socket(m, "127.0.0.1:8000", "127.0.0.1:51000"),
		0.05, 40);
	scene_file_wait(
		m, thread, "recvfrom", scene_socket(m, "127.0.0.1:52000", "127.0.0.1:9000"), 9, 90);
	p = scene_profile(m);
	assert_int_equal(p->loops_count, 0);
	assert_int_equal(p->work.model, MODEL_SEQUENTIAL);
	assert_near(p->work.wait_s, 9, 1e-6); /* the accepted connection is no work */
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequential_sleeps_want_threads),
		cmocka_unit_test(one_sleep_gains_nothing),
		cmocka_unit_test(sleeps_in_threads_are_well),
		cmocka_unit_test(rounds_of_threads_follow_each_other),
		cmocka_unit_test(a_pool_that_finds_no_work_is_not_too_small),
		cmocka_unit_test(a_pool_that_waits_for_work_is_large_enough),
		cmocka_unit_test(who_coordinates_is_no_worker),
		cmocka_unit_test(counting_down_wants_processes),
		cmocka_unit_test(computing_without_the_lock_wants_threads),
		cmocka_unit_test(counting_down_in_threads_is_gil_bound),
		cmocka_unit_test(counting_down_in_processes_is_well),
		cmocka_unit_test(gathering_on_a_loop_is_well),
		cmocka_unit_test(the_same_attached_is_no_service),
		cmocka_unit_test(sleeping_on_a_loop_blocks_it),
		cmocka_unit_test(fetching_one_by_one_wants_threads),
		cmocka_unit_test(one_mutex_serialises_all),
		cmocka_unit_test(commands_one_by_one_want_concurrency),
		cmocka_unit_test(a_loop_that_waits_for_its_users_is_a_service),
		cmocka_unit_test(a_launched_program_that_only_listens_is_no_service),
		cmocka_unit_test(a_go_client_waits_for_all_it_started),
		cmocka_unit_test(a_worker_in_front_of_a_slow_upstream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
