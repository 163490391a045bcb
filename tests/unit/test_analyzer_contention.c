/* What giving up an interpreter's lock for system calls costs threads; and that a server which the
 * program asks has no part in its lock. */
#include "analyzer/forecast.h"
#include "analyzer/workload.h"

#include "scene_thread.h"

static struct measurement *python_alone(double wall_s, double cpu_s)
{
	struct measurement *m = scene_new(wall_s);

	scene_alone(m, cpu_s);
	scene_runtime(m, 0, "cpython", true);
	return m;
}

/* A second of computing, of which 0.6 s under CPython's lock, so much of the rest, in hundredths,
 * in so many system calls. */
static double threads_speedup(uint64_t calls, uint64_t called)
{
	struct measurement *m = python_alone(1, 1);
	struct profile *p;
	double speedup;

	m->host.wakeup_ns = 10000;
	m->threads[0].calls = calls;
	m->calls_looks = 10;
	m->threads[0].cpu_ns = SCENE_NS(1);
	scene_sample(m, 0, NULL, false, 1, 60);
	scene_sample(m, 0, "lseek", true, 0, called);
	scene_sample(m, 0, NULL, false, 0, 40 - called);
	p = scene_profile(m);
	speedup = p->predictions[MODEL_THREADS].speedup;
	scene_end(m, p);
	return speedup;
}

/* What is given up often for a moment is no more free for others than what is held. */
static void system_calls_cost_threads_their_gain(void **state)
{
	(void)state;
	/* A call for each 40 ms without the lock: as good as free. */
	assert_true(threads_speedup(10, 40) > 1.3);
	/* 100,000 of 4 us, while waking another takes 10: one at a time, at best as fast as one. */
	assert_near(threads_speedup(100000, 40), 1, 0.1);
}

/* A long call into a library is not made of the short system calls beside it. */
static void a_library_is_no_system_call(void **state)
{
	(void)state;
	assert_true(threads_speedup(2000, 2) > 1.3);
	assert_near(threads_speedup(2000, 2), threads_speedup(2000, 40), 0.2);
	/* 10,000 of 2 us, beside 0.38 s in a library. */
	assert_true(threads_speedup(10000, 2) > threads_speedup(10000, 40) + 0.1);
}

/* The first thread makes 40 requests that wait 50 ms each, and computes 5 ms before each. */
static void requests_make(struct measurement *m, const char *peer)
{
	size_t wait = scene_file_wait(m, 0, "recvfrom", scene_socket(m, NULL, peer), 2, 40);

	for (int i = 0; i < 40; i++)
		scene_segment(m, wait, 0.005 + 0.055 * i, 0.05)->cpu_before_ns = SCENE_NS(0.005);
}

/* A client of 40 requests that wait 50 ms each, of so many system calls, where it takes 5 ms to
 * wake a thread. */
static double client_threads_speedup(uint64_t calls)
{
	struct measurement *m = python_alone(2.2, 0.2);
	struct profile *p;
	double speedup;

	m->host.wakeup_ns = 10000;
	m->host.waking_ns = 5000000;
	m->calls_looks = 10;
	m->threads[0].calls = calls;
	requests_make(m, "10.0.0.1:80");
	p = scene_profile(m);
	speedup = p->predictions[MODEL_THREADS].speedup;
	scene_end(m, p);
	return speedup;
}

/* Who sleeps in a call has given the lock up anyway: only the others wake someone in vain. */
static void calls_that_sleep_are_no_contention(void **state)
{
	double none = client_threads_speedup(0);

	(void)state;
	assert_near(client_threads_speedup(40), none, 1e-9);
	assert_true(client_threads_speedup(80) < 0.9 * none);
}

/* A client, and a server on port 80 that computes for so long and makes so many system calls. */
static struct measurement *asking_beside(const char *asked, double server_s, uint64_t calls)
{
	struct measurement *m = python_alone(2.2, 0.2);
	size_t server = scene_process(m, 8, 7), file = scene_file(m, FILE_SOCKET);

	m->host.wakeup_ns = 10000;
	m->calls_looks = 10;
	m->files[file].listening = true;
	m->files[file].local = strdup("127.0.0.1:80");
	scene_runtime(m, server, "cpython", true);
	scene_file_wait(
		m, scene_thread(m, server, 8, server_s), "accept4", file, 2.2 - server_s, 40);
	m->threads[1].calls = calls;
	requests_make(m, asked);
	return m;
}

/* Who asks is the parent of who serves. */
static double wall_beside(enum model model, double server_s, uint64_t calls)
{
	struct measurement *m = asking_beside("127.0.0.1:80", server_s, calls);
	struct profile *p = scene_profile(m);
	double wall_s = p->predictions[model].wall_s;

	scene_end(m, p);
	return wall_s;
}

/* They are no part of the client's work, whose threads would take turns. */
static void calls_of_a_server_beside_it_cost_nothing(void **state)
{
	double quiet_s = wall_beside(MODEL_THREADS, 0.2, 0);

	(void)state;
	assert_true(quiet_s < 2.2 / 4);
	assert_near(wall_beside(MODEL_THREADS, 0.2, 100000), quiet_s, 1e-9);
}

/* However much it is, it takes CPUs, but neither the client's lock nor its loop. */
static void what_a_server_computes_is_not_the_clients(void **state)
{
	static const enum model models[] = {MODEL_THREADS, MODEL_EVENT_LOOP, MODEL_HYBRID};

	(void)state;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		assert_between(wall_beside(models[i], 0.05, 0), 0.15, 0.35);
		assert_between(wall_beside(models[i], 0.8, 0), 0.2, 0.5); /* 1 s of four CPUs */
	}
}

static enum model model_beside(const char *asked)
{
	struct measurement *m = asking_beside(asked, 1.5, 0);
	struct profile *p = scene_profile(m);
	enum model model = p->work.model;

	scene_end(m, p);
	return model;
}

/* What asks somebody else, beside a server for others, is one of two that work. */
static void a_server_for_others_works_for_itself(void **state)
{
	(void)state;
	assert_int_equal(model_beside("127.0.0.1:80"), MODEL_SEQUENTIAL);
	assert_int_equal(model_beside("127.0.0.1:6379"), MODEL_PROCESSES);
}

/* Four operations in threads: each computes 0.1 s under the lock and 0.1 s in 280 system calls, and
 * a child of its own 1 s; or itself, in as many calls a second. */
static double threads_with_children_s(bool children)
{
	struct measurement *m = python_alone(1, 1);
	struct workload w = {.calls_per_s = 1400};
	struct profile *p;
	struct scenario s;
	double wall_s;

	m->host.cpus_online = m->host.cpus_allowed = 16;
	m->host.wakeup_ns = 1000000;
	m->host.waking_ns = 1;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(workload_begin(&w), 0);
		assert_int_equal(
			workload_add(&w, (struct step){.locked_s = 0.1, .free_s = 0.1}), 0);
		assert_int_equal(
			workload_add(&w, (struct step){.free_s = 1, .beside = children}), 0);
	}
	p = scene_profile(m);
	s = (struct scenario){.profile = p,
		.model = MODEL_THREADS,
		.workers = 4,
		.cpus = 16,
		.cores = 16,
		.view = VIEW_LIKELY,
		.without = LIMIT_NOTHING,
		.slowness = 1,
		.agenda = {.work = &w, .count = 4},
		.times = 1};
	assert_int_equal(forecast_run(&s, &wall_s), 0);
	workload_clear(&w);
	scene_end(m, p);
	return wall_s;
}

/* Calls of a third of a millisecond are too short for another thread to get far, who takes one to
 * be woken; a child makes its own under no lock. */
static void what_a_child_computes_makes_no_call_longer(void **state)
{
	(void)state;
	assert_between(threads_with_children_s(true), 1.75, 2.05); /* 0.2 s in turn, and 1 */
	assert_between(threads_with_children_s(false), 4.2, 5.2);  /* 1.1 s in turn, hand-overs */
}

/* Four threads that compute 0.25 s each, and wake each other 10,000 times for the interpreter's
 * lock: how long so many do it. turns: of 100 samples, in the calls for that; 0: no samples. */
static double taking_turns_s(int workers, uint64_t turns)
{
	const struct premise premise = {NAN, workers, 1};
	struct measurement *m = scene_new(1.01);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;
	double s;

	for (int i = 0; i < 4; i++)
		scene_futex(m, scene_thread(m, process, 7 + i, 0.25), 0x8000, 0x189, 0, 0.75, 2500);
	scene_running(m, process, 0.01, 1, 0);
	scene_runtime(m, 0, "pypy", true);
	m->host.waking_ns = 20000;
	if (turns > 0) {
		scene_sample(m, 0, "futex", true, -1, turns);
		scene_sample(m, 0, NULL, false, -1, 100 - turns);
	}
	p = profile_new(m, &premise);
	assert_non_null(p);
	assert_int_equal(p->work.model, MODEL_THREADS);
	s = p->predictions[workers == 0 ? MODEL_SEQUENTIAL : MODEL_THREADS].wall_s;
	scene_end(m, p);
	return s;
}

/* Waking took a fifth of it. */
static void one_thread_wakes_nobody(void **state)
{
	(void)state;
	assert_near(taking_turns_s(0, 0), 0.81, 0.03);
	assert_near(taking_turns_s(1, 0), 0.81, 0.03);
	assert_near(taking_turns_s(4, 0), 1.01, 0.03);
}

/* What is seen in the calls for it counts, not what waking is estimated to take. */
static void samples_tell_what_turns_take(void **state)
{
	(void)state;
	assert_near(taking_turns_s(0, 60), 0.41, 0.03);
	assert_near(taking_turns_s(0, 5), 0.96, 0.03);
	assert_near(taking_turns_s(4, 60), 1.01, 0.03);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread_wakes_nobody),
		cmocka_unit_test(samples_tell_what_turns_take),
		cmocka_unit_test(system_calls_cost_threads_their_gain),
		cmocka_unit_test(a_library_is_no_system_call),
		cmocka_unit_test(calls_that_sleep_are_no_contention),
		cmocka_unit_test(calls_of_a_server_beside_it_cost_nothing),
		cmocka_unit_test(what_a_server_computes_is_not_the_clients),
		cmocka_unit_test(a_server_for_others_works_for_itself),
		cmocka_unit_test(what_a_child_computes_makes_no_call_longer),
	};

	return cmocka_run_group_tests_name("contention", tests, NULL, NULL);
}
