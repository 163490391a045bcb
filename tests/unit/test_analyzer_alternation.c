/* Workers that take turns, and those that only seem to. */
#include "scene.h"

#define TURNS 100

/* Two that compute 0.9 s in all of one second, each half of it, and are given something
 * so many times; so long, none, one and two are on a CPU. */
struct pair {
	bool threads; /* of one process, or two processes */
	uint64_t turns;
	double none_s, one_s, two_s;
	double ready_s; /* so long each of them wants a CPU that others have */
	int cpus;
	const char *runtime;
};

static double saved_s(struct pair pair)
{
	struct measurement *m = scene_new(1);
	size_t main = scene_process(m, 7, 1), pipe = scene_file(m, FILE_PIPE), process = main;
	struct profile *p;
	double saved;

	m->host.cpus_online = m->host.cpus_allowed = pair.cpus ? pair.cpus : 2;
	if (pair.runtime)
		scene_runtime(m, main, pair.runtime, true);
	scene_file_wait(m, scene_thread(m, main, 7, 0.01), "read", pipe, 0.99, 2 * pair.turns);
	for (int i = 0; i < 2; i++) {
		if (!pair.threads)
			process = scene_process(m, 8 + i, 7);
		m->processes[process].started = !pair.threads;
		scene_file_wait(m, scene_thread(m, process, 8 + i, 0.45), "read", pipe,
			0.55 - pair.ready_s, pair.turns);
		m->threads[1 + i].run_queue_ns = SCENE_NS(pair.ready_s);
	}
	m->running_ns = calloc(3, sizeof(*m->running_ns));
	assert_non_null(m->running_ns);
	m->running_count = 3;
	m->running_ns[0] = SCENE_NS(pair.none_s);
	m->running_ns[1] = SCENE_NS(pair.one_s);
	m->running_ns[2] = SCENE_NS(pair.two_s);
	p = scene_profile(m);
	saved = p->work.alternate_s;
	scene_end(m, p);
	return saved;
}

static const struct pair in_turn = {.turns = TURNS, .none_s = 0.1, .one_s = 0.88, .two_s = 0.01};

static void who_takes_turns_could_work_at_once(void **state)
{
	struct pair pair = in_turn;

	(void)state;
	assert_near(saved_s(pair), 0.45, 0.001);
	pair.threads = true;
	assert_near(saved_s(pair), 0.45, 0.001);
}

/* By chance each has company for 0.45 of what it computes, 0.4 s of both together. */
static void who_has_company_by_chance_takes_no_turns(void **state)
{
	struct pair pair = in_turn;

	(void)state;
	pair.two_s = 0.09;
	assert_near(saved_s(pair), 0.45, 0.001);
	pair.two_s = 0.12;
	assert_near(saved_s(pair), 0, 0);
}

static void who_wants_a_cpu_is_at_it(void **state)
{
	struct pair pair = in_turn;

	(void)state;
	pair.ready_s = 0.12;
	assert_near(saved_s(pair), 0, 0);
}

static void phases_are_no_turns(void **state)
{
	struct pair pair = in_turn;

	(void)state;
	pair.turns = 5;
	assert_near(saved_s(pair), 0, 0);
}

static void one_cpu_makes_turns(void **state)
{
	struct pair pair = in_turn;

	(void)state;
	pair.cpus = 1;
	assert_near(saved_s(pair), 0, 0);
}

/* Of a global lock, or to collect garbage. */
static void a_runtime_makes_turns(void **state)
{
	struct pair pair = in_turn;

	(void)state;
	pair.threads = true;
	pair.runtime = "cpython";
	assert_near(saved_s(pair), 0, 0);
	pair.runtime = "jvm";
	assert_near(saved_s(pair), 0, 0);
}

/* In four seconds two threads sleep 40 times for 45 ms, one of which begins every 90 ms or, at
 * once, two; whoever hands that out waits so often. */
struct sleepers {
	bool at_once;
	uint64_t handed;
};

/* And the measurement is gone. */
static void sleepers_are(struct sleepers with, enum model expected)
{
	struct measurement *m = scene_new(4);
	size_t process = scene_process(m, 7, 1), main = scene_thread(m, process, 7, 0.05);
	struct profile *p;

	scene_futex(m, main, 0x100, 0x189, 0, 3.9, with.handed);
	for (size_t i = 0; i < 2; i++) {
		size_t thread = scene_thread(m, process, (int)(8 + i), 0.02);
		size_t sleep = scene_wait(m, thread, "clock_nanosleep", 40 * 0.045, 40);

		m->threads[thread].started = true;
		scene_futex(m, thread, 0x200, 0x189, 0, 2.1, 40);
		for (size_t k = 0; k < 40; k++)
			scene_segment(m, sleep,
				0.1 + 0.09 * (double)k + (with.at_once ? 0 : 0.045 * (double)i),
				0.045);
	}
	p = scene_profile(m);
	assert_int_equal(p->work.model, expected);
	scene_end(m, p);
}

static void who_is_waited_for_each_time_does_one_thing_after_another(void **state)
{
	(void)state;
	sleepers_are((struct sleepers){false, 80}, MODEL_SEQUENTIAL);
	sleepers_are((struct sleepers){true, 80}, MODEL_THREADS);
}

/* As of a token that they hand on. */
static void who_takes_turns_by_itself_shares_the_work(void **state)
{
	(void)state;
	sleepers_are((struct sleepers){false, 2}, MODEL_THREADS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_takes_turns_could_work_at_once),
		cmocka_unit_test(who_has_company_by_chance_takes_no_turns),
		cmocka_unit_test(who_wants_a_cpu_is_at_it),
		cmocka_unit_test(phases_are_no_turns),
		cmocka_unit_test(one_cpu_makes_turns),
		cmocka_unit_test(a_runtime_makes_turns),
		cmocka_unit_test(who_is_waited_for_each_time_does_one_thing_after_another),
		cmocka_unit_test(who_takes_turns_by_itself_shares_the_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
