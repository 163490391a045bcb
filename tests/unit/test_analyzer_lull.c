/* What a CPU's idling costs: as it was timed, as it is taken out of what was recorded, and what is
 * made of it when waits overlap. */
#include "analyzer/lull.h"

#include "analyzer/forecast.h"

#include "simulation_bench.h"

#define MS 1000000

static const struct measured_lull timed[] = {{1 * MS, MS / 10}, {10 * MS, MS / 2}, {30 * MS, MS}};
static const struct lulls lulls = {timed, sizeof(timed) / sizeof(timed[0]), 1};

static void between_what_was_timed_it_is_in_proportion(void **state)
{
	(void)state;
	assert_near(lull_s(&lulls, 0), 0, EXACT);
	assert_near(lull_s(&lulls, 0.0005), 0.00005, EXACT);
	assert_near(lull_s(&lulls, 0.001), 0.0001, EXACT);
	assert_near(lull_s(&lulls, 0.02), 0.00075, EXACT);
	assert_near(lull_s(&lulls, 0.03), 0.001, EXACT);
	assert_near(lull_s(&lulls, 5), 0.001, EXACT); /* beyond, nothing is known */
}

/* A longer lull never costs less: what was timed so was disturbed. */
static void it_never_falls(void **state)
{
	const struct measured_lull disturbed[] = {
		{1 * MS, MS}, {10 * MS, MS / 2}, {30 * MS, 2 * MS}};
	const struct lulls l = {disturbed, 3, 1};

	(void)state;
	assert_near(lull_s(&l, 0.01), 0.001, EXACT);
	assert_near(lull_s(&l, 0.02), 0.0015, EXACT);
}

static void without_rows_it_costs_nothing(void **state)
{
	const struct lulls none = {NULL, 0, 1};
	const struct step step = {.free_s = 0.001, .idle_s = 0.01};

	(void)state;
	assert_near(lull_s(&none, 1), 0, EXACT);
	assert_near(lull_pace(&none, &step, 0), 1, EXACT);
}

static void a_step_computes_as_recorded_after_its_own_lull(void **state)
{
	const struct step step = {.locked_s = 0.003, .free_s = 0.001, .idle_s = 0.03};

	(void)state;
	assert_near(lull_pace(&lulls, &step, 0.03), 1, EXACT);
	assert_near(lull_pace(&lulls, &step, 0.01), 3.5 / 4, EXACT);
	assert_near(lull_pace(&lulls, &step, 0), 3.0 / 4, EXACT);
	assert_near(lull_lost_s(&lulls, &step), 0.001, EXACT);
}

static void one_that_was_warm_gets_cold(void **state)
{
	const struct step step = {.free_s = 0.002};

	(void)state;
	assert_near(lull_lost_s(&lulls, &step), 0, EXACT);
	assert_near(lull_pace(&lulls, &step, 0.03), 1.5, EXACT);
}

/* What is short has not lost more than it computed, nor loses more than that in another lull. */
static void what_is_short_lost_little(void **state)
{
	const struct step brief = {.free_s = 0.0001, .idle_s = 0.03};
	const struct step warm = {.free_s = 0.00001}, nothing = {.wait_s = 1, .idle_s = 0.03};

	(void)state;
	assert_near(lull_lost_s(&lulls, &brief), 0.00009, EXACT);
	assert_near(lull_pace(&lulls, &brief, 0), 0.1, EXACT);
	assert_near(lull_pace(&lulls, &brief, 0.01), 0.1 + 0.45, EXACT);
	assert_near(lull_pace(&lulls, &warm, 0.03), 10, EXACT);
	assert_near(lull_pace(&lulls, &nothing, 0), 1, EXACT);
}

static struct workload waiting(void)
{
	return equal(10, (struct step){.free_s = 0.002, .wait_s = 0.03, .idle_s = 0.03});
}

static struct machine machine_lulled(size_t workers)
{
	struct machine m = machine_plain(workers, 1);

	m.lulls = lulls;
	return m;
}

/* The first step follows no wait; its recording says otherwise. */
static void one_after_the_other_takes_what_it_took(void **state)
{
	struct workload w = waiting();

	(void)state;
	assert_near(run(&w, machine_lulled(1)), 10 * 0.032 - 0.001, EXACT);
	workload_clear(&w);
}

/* Ten on a CPU that does not rest until all wait. */
static void where_waits_overlap_caches_stay_warm(void **state)
{
	struct workload w = waiting();

	(void)state;
	assert_near(run(&w, machine_lulled(10)), 10 * 0.001 + 0.03, EXACT);
	assert_near(run(&w, machine_plain(10, 1)), 10 * 0.002 + 0.03, EXACT);
	workload_clear(&w);
}

/* An event loop's computing, and what has to hold an interpreter's lock, is as any other. */
static void it_is_the_same_under_an_executor(void **state)
{
	struct workload w =
		equal(10, (struct step){.locked_s = 0.002, .wait_s = 0.03, .idle_s = 0.03});
	struct machine loop = machine_loops(1, 10, 1), threads = machine_locked(10, 1, 0.0005);

	(void)state;
	loop.lulls = threads.lulls = lulls;
	assert_near(run(&w, loop), 10 * 0.001 + 0.03, EXACT);
	assert_near(run(&w, threads), 10 * 0.001 + 0.03, EXACT);
	workload_clear(&w);
}

/* Once a step: what follows in it follows its own computing. */
static void a_step_is_paced_as_a_whole(void **state)
{
	struct workload w = equal(2,
		(struct step){.locked_s = 0.001, .free_s = 0.001, .wait_s = 0.03, .idle_s = 0.03});
	struct machine m = machine_locked(1, 1, INFINITY);

	(void)state;
	m.lulls = lulls;
	assert_near(run(&w, m), 2 * 0.032 - 0.001, EXACT);
	workload_clear(&w);
}

static void a_replay_tells_how_long_its_cpus_idled(void **state)
{
	struct workload w = {0};
	struct machine m = machine_plain(1, 1);
	double idles[3] = {0};

	(void)state;
	PUT(&w, {.free_s = 0.5, .wait_s = 2}, {.free_s = 0.5});
	PUT(&w, {.free_s = 0.5, .wait_s = 1});
	m.idles = idles;
	run(&w, m);
	assert_near(idles[0], 0, EXACT);
	assert_near(idles[1], 2, EXACT);
	assert_near(idles[2], 0, EXACT);
	workload_clear(&w);
}

/* One computes all along, and another one before and after a wait. Returns the lull. */
static double lull_beside_s(struct machine m)
{
	struct workload w = {0};
	double idles[3] = {0};

	PUT(&w, {.free_s = 2});
	PUT(&w, {.free_s = 0.1, .wait_s = 0.6}, {.free_s = 0.1});
	m.idles = idles;
	run(&w, m);
	workload_clear(&w);
	return idles[2];
}

/* Whoever computes meanwhile, on another CPU, keeps the caches that they share; on the same one,
 * all; in memory of its own, none. */
static void who_computes_beside_keeps_some_caches(void **state)
{
	struct machine one = machine_plain(2, 1), two = machine_plain(2, 2), apart = one;

	(void)state;
	apart.apart = true;
	assert_near(lull_beside_s(one), 0, EXACT);
	assert_near(lull_beside_s(two), 0.3, EXACT);
	assert_near(lull_beside_s(apart), 0.6, EXACT);
}

/* A program that asks for one thing after the other, 20 ms each, and computes 2 ms of each. */
static struct measurement *asking(bool timed_lulls)
{
	struct measurement *m = scene_new(2.2);
	size_t process = scene_process(m, 7, 1), wait;

	scene_thread(m, process, 7, 0.2);
	wait = scene_wait(m, 0, "clock_nanosleep", 2, 100);
	for (int i = 0; i < 100; i++) {
		struct measured_segment *s = scene_segment(m, wait, 0.002 + 0.022 * i, 0.02);

		s->cpu_before_ns = SCENE_NS(0.002);
	}
	for (size_t i = 0; i < lulls.count && timed_lulls; i++)
		*measurement_add_lull(m) = timed[i];
	return m;
}

static const struct prediction *loop_of(const struct profile *p)
{
	return &p->predictions[MODEL_EVENT_LOOP];
}

/* What a native client of a service loses in 20 ms (analyzer/overhead.c). */
#define NATIVE 0.45
#define LOST_S (NATIVE * 0.00075)

/* Its loop does not; the first operation waited for nothing. */
static void a_loop_saves_what_lulls_cost(void **state)
{
	struct measurement *cold = asking(false), *lulled = asking(true);
	struct profile *p = scene_profile(cold), *q = scene_profile(lulled);

	(void)state;
	assert_near(loop_of(q)->costs.lulls_s, 99 * LOST_S, 0.0002);
	assert_true(isnan(loop_of(p)->costs.lulls_s));
	assert_near(loop_of(p)->wall_s - loop_of(q)->wall_s, 99 * LOST_S, 0.002);
	scene_end(cold, p);
	scene_end(lulled, q);
}

/* As many waits as before, under the model that it has. */
static void it_may_be_nothing_or_twice_as_much(void **state)
{
	struct measurement *m = asking(true);
	struct profile *p = scene_profile(m);

	(void)state;
	assert_near(forecast_lulls(p, VIEW_LIKELY).share, NATIVE, EXACT);
	assert_near(forecast_lulls(p, VIEW_CAREFUL).share, 0, EXACT);
	assert_near(forecast_lulls(p, VIEW_HOPEFUL).share, 2 * NATIVE, EXACT);
	scene_end(m, p);
}

static void the_present_model_stays_as_measured(void **state)
{
	struct measurement *m = asking(true);
	struct profile *p = scene_profile(m);

	(void)state;
	assert_near(p->predictions[MODEL_SEQUENTIAL].wall_s, 2.2, EXACT);
	scene_end(m, p);
}

/* What eight workers of a model are spared of lulls on one CPU. */
static double spared_s(enum model model)
{
	const struct premise premise = {1, 8, 1};
	struct measurement *cold = asking(false), *lulled = asking(true);
	struct profile *p = profile_new(cold, &premise), *q = profile_new(lulled, &premise);
	double s;

	assert_non_null(p);
	assert_non_null(q);
	s = p->predictions[model].wall_s - q->predictions[model].wall_s;
	scene_end(cold, p);
	scene_end(lulled, q);
	return s;
}

/* Threads leave their memory in the CPU's caches to each other; a process has its own, and waits as
 * long as before, also when it is handed something at first. */
static void processes_warm_nothing_for_each_other(void **state)
{
	(void)state;
	assert_true(spared_s(MODEL_THREADS) > 50 * LOST_S);
	assert_near(spared_s(MODEL_PROCESSES), 7 * LOST_S, 10 * LOST_S); /* each one's first */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(between_what_was_timed_it_is_in_proportion),
		cmocka_unit_test(it_never_falls),
		cmocka_unit_test(without_rows_it_costs_nothing),
		cmocka_unit_test(a_step_computes_as_recorded_after_its_own_lull),
		cmocka_unit_test(one_that_was_warm_gets_cold),
		cmocka_unit_test(what_is_short_lost_little),
		cmocka_unit_test(one_after_the_other_takes_what_it_took),
		cmocka_unit_test(where_waits_overlap_caches_stay_warm),
		cmocka_unit_test(it_is_the_same_under_an_executor),
		cmocka_unit_test(a_step_is_paced_as_a_whole),
		cmocka_unit_test(a_replay_tells_how_long_its_cpus_idled),
		cmocka_unit_test(who_computes_beside_keeps_some_caches),
		cmocka_unit_test(processes_warm_nothing_for_each_other),
		cmocka_unit_test(a_loop_saves_what_lulls_cost),
		cmocka_unit_test(it_may_be_nothing_or_twice_as_much),
		cmocka_unit_test(the_present_model_stays_as_measured),
	};

	return cmocka_run_group_tests_name("lull", tests, NULL, NULL);
}
