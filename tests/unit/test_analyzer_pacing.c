/* Sleeps until the next tick of a schedule, and sleeps that are only as long as each other. */
#include "analyzer/pacing.h"

#include "analyzer/meaning.h"

#include "scene.h"

#define SLEEPS 100
#define PERIOD_S 0.01

/* How a thread sleeps, time and again. */
struct sleeper {
	double work_s, work_spread_s; /* between its sleeps: at least, and up to so much more */
	double late_s;                /* up to so much it is woken late */
	size_t pattern;               /* so many pieces of work come again and again; 0: none do */
	bool keeps_time;              /* it sleeps until the next tick, not for PERIOD_S */
	size_t sleeps, slow;          /* before that sleep it worked for 20.4 periods */
};

static const struct sleeper ordinary = {.work_s = 0.001, .work_spread_s = 0.002, .late_s = 1e-4};

/* The same in every run. */
static double chance(void)
{
	static uint64_t seed = 1;

	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (double)(seed >> 33) / (double)(1u << 31);
}

static double sleep_s(const struct sleeper *s, double at_s)
{
	return s->keeps_time ? (floor(at_s / PERIOD_S) + 1) * PERIOD_S - at_s : PERIOD_S;
}

static double work_more(const struct sleeper *s, size_t sleep)
{
	return s->pattern ? (double)(sleep % s->pattern) / (double)s->pattern : chance();
}

static void pacing_of(struct pacing *ret, const struct sleeper *s)
{
	size_t count = s->sleeps ? s->sleeps : SLEEPS;
	struct measurement *m = scene_new(3);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0.1);
	size_t wait = scene_wait(m, thread, "clock_nanosleep", 1, count);
	double at_s = 0.002;
	struct meaning *x;

	for (size_t i = 0; i < count; i++) {
		double asleep_s;

		at_s += s->work_s + work_more(s, i) * s->work_spread_s;
		at_s += s->slow && i == s->slow ? 20.4 * PERIOD_S : 0;
		asleep_s = sleep_s(s, at_s) + chance() * s->late_s;
		scene_segment(m, wait, at_s, asleep_s);
		at_s += asleep_s;
	}
	x = meaning_new(m);
	assert_non_null(x);
	assert_int_equal(pacing_find(ret, x), 0);
	meaning_free(x);
	measurement_free(m);
}

static void schedule_is(struct sleeper s, bool kept)
{
	struct pacing p;

	pacing_of(&p, &s);
	if (kept)
		assert_near(p.period_s, PERIOD_S, 1e-5);
	else
		assert_nan(p.period_s);
	assert_true(kept == (p.kept_s > 0) && kept == (p.slept_s > 0));
}

static void sleeps_until_the_next_tick_keep_to_a_schedule(void **state)
{
	struct sleeper s = ordinary;
	struct pacing p;

	(void)state;
	s.keeps_time = true;
	pacing_of(&p, &s);
	assert_near(p.period_s, PERIOD_S, 1e-5);
	assert_near(p.kept_s, (SLEEPS - 1) * PERIOD_S, 0.001);
	assert_between(p.slept_s, 0.7 * SLEEPS * PERIOD_S, 0.9 * SLEEPS * PERIOD_S);
}

static void sleeps_of_equal_length_do_not(void **state)
{
	struct sleeper s = ordinary;

	(void)state;
	schedule_is(s, false);
	s.work_spread_s = 0; /* only that they are woken late makes them differ */
	schedule_is(s, false);
	s.late_s = 0.01; /* as much as they last */
	schedule_is(s, false);
}

/* After each round all is as late as after the one before. */
static void work_in_a_pattern_makes_no_schedule(void **state)
{
	struct sleeper s = ordinary;

	(void)state;
	s.pattern = 7;
	schedule_is(s, false);
	s.late_s = 1e-5;
	schedule_is(s, false);
	s.keeps_time = true;
	schedule_is(s, true);
}

static void work_that_is_always_the_same_may_keep_to_one(void **state)
{
	struct sleeper s = {.work_s = 0.001, .late_s = 1e-4, .keeps_time = true};

	(void)state;
	schedule_is(s, true);
}

static void ticks_may_be_passed_over(void **state)
{
	struct sleeper s = ordinary;

	(void)state;
	s.keeps_time = true;
	s.work_spread_s = 0.012; /* some work takes longer than until the next one */
	schedule_is(s, true);
	s.slow = 50;
	schedule_is(s, true);
}

/* It makes all other steps look like none, and where it is the first one the line goes around it.
 */
static void one_long_step_is_no_schedule(void **state)
{
	static const size_t where[] = {1, 2, 3, 50, 98, 99};

	(void)state;
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		struct sleeper s = ordinary;

		s.slow = where[i];
		s.work_spread_s = 0;
		schedule_is(s, false);
	}
}

static void few_sleeps_do_not_tell(void **state)
{
	struct sleeper s = ordinary;

	(void)state;
	s.keeps_time = true;
	s.sleeps = 49;
	schedule_is(s, false);
	s.sleeps = 50;
	schedule_is(s, true);
}

/* What is always late has no time left: faster, it would be done sooner. */
static void who_is_late_for_its_ticks_does_not_wait_for_them(void **state)
{
	struct sleeper s = {.work_s = 0.0093, .work_spread_s = 0.0005, .late_s = 1e-5};

	(void)state;
	s.keeps_time = true;
	schedule_is(s, false);
}

/* No worker more would have anything to do. */
static void scheduled_work_gains_nothing(void **state)
{
	struct measurement *m = scene_new(2);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0.4);
	size_t wait = scene_wait(m, thread, "clock_nanosleep", 1.6, 200);
	struct profile *p;

	(void)state;
	for (size_t i = 0; i < 200; i++)
		scene_segment(m, wait, PERIOD_S * (double)i + 0.001 * (1 + chance()),
			0.008 + 1e-4 * chance())
			->cpu_before_ns = 2000000;
	for (size_t i = 0; i < 200; i++) /* until the tick, whenever it began */
		m->segments[i].wait_ns = SCENE_NS(PERIOD_S * (double)(i + 1) + 1e-4 * chance()) -
					 (uint64_t)m->segments[i].start_ns;
	p = scene_profile(m);
	assert_int_equal(p->work.width, 1);
	for (size_t i = 0; i < p->predictions_count; i++)
		assert_between(p->predictions[i].wall_s, 1.95, 2.2);
	assert_between(p->work.kept_s, 1.9, 2.0);
	assert_between(p->work.paced_s, 1.5, 1.8);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sleeps_until_the_next_tick_keep_to_a_schedule),
		cmocka_unit_test(sleeps_of_equal_length_do_not),
		cmocka_unit_test(work_in_a_pattern_makes_no_schedule),
		cmocka_unit_test(work_that_is_always_the_same_may_keep_to_one),
		cmocka_unit_test(ticks_may_be_passed_over),
		cmocka_unit_test(one_long_step_is_no_schedule),
		cmocka_unit_test(few_sleeps_do_not_tell),
		cmocka_unit_test(who_is_late_for_its_ticks_does_not_wait_for_them),
		cmocka_unit_test(scheduled_work_gains_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
