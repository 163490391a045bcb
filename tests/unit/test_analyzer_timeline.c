/*
 * What each thread did when: intervals follow each other without gaps, say what is known by itself,
 * add up with what is folded to the thread's time, and are bounded.
 */
#include "analyzer/timeline.h"
#include "scene.h"

static double length(const struct timeline_interval *i)
{
	return i->end_s - i->start_s;
}

static double parts_of(const struct timeline_interval *i)
{
	double sum = 0;

	for (unsigned int part = 0; part < TIMELINE_PARTS; part++)
		sum += i->parts_s[part];
	return sum;
}

/* Whatever was measured. */
static void assert_whole(const struct profile *p)
{
	for (size_t i = 0; i < p->timeline.threads_count; i++) {
		const struct timeline_thread *t = &p->timeline.threads[i];
		double at = t->start_s, parts[TIMELINE_PARTS] = {0}, folded = 0;

		for (size_t j = 0; j < t->intervals->count; j++) {
			assert_near(t->intervals->all[j].start_s, at, 1e-9);
			at = t->intervals->all[j].end_s;
			for (unsigned int part = 0; part < TIMELINE_PARTS; part++)
				parts[part] += t->intervals->all[j].parts_s[part];
			assert_near(parts_of(&t->intervals->all[j]), length(&t->intervals->all[j]),
				1e-6);
		}
		assert_near(at, t->end_s, 1e-9);
		for (unsigned int part = 0; part < PART_FOLDED; part++)
			folded += t->folded_s[part];
		assert_near(folded, parts[PART_FOLDED], 1e-6);
		for (enum state s = STATE_RUN_QUEUE; s < STATE_COUNT; s++)
			assert_near(
				parts[s] + t->folded_s[s], p->threads[t->thread].time.s[s], 1e-6);
	}
}

/* Two sleeps of 0.4 s, each after 0.1 s of computing. */
static struct measurement *sleeper(void)
{
	struct measurement *m = scene_new(1);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0.2);
	size_t wait = scene_wait(m, thread, "clock_nanosleep", 0.8, 2);

	scene_segment(m, wait, 0.1, 0.4)->cpu_before_ns = SCENE_NS(0.1);
	scene_segment(m, wait, 0.6, 0.4)->cpu_before_ns = SCENE_NS(0.1);
	return m;
}

static void waits_and_what_is_between_them_are_told_apart(void **state)
{
	static const unsigned int parts[] = {PART_CPU, STATE_SLEEP, PART_CPU, STATE_SLEEP};
	struct measurement *m = sleeper();
	struct profile *p = scene_profile(m);
	const struct timeline_thread *t = &p->timeline.threads[0];

	(void)state;
	assert_whole(p);
	assert_int_equal(p->timeline.threads_count, 1);
	assert_int_equal(t->intervals->count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(t->intervals->all[i].part, parts[i]);
	assert_near(t->intervals->all[1].start_s, 0.1, 1e-9);
	assert_near(t->intervals->all[1].end_s, 0.5, 1e-9);
	assert_int_equal(t->intervals->all[1].wait, 0);
	assert_int_equal(t->intervals->all[0].wait, MEASURED_NONE);
	scene_end(m, p);
}

static void waiting_for_a_cpu_follows_the_wait(void **state)
{
	struct measurement *m = scene_new(1);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0.2);
	size_t wait = scene_wait(m, thread, "clock_nanosleep", 0.5, 1);
	struct measured_segment *s = scene_segment(m, wait, 0.2, 0.5);
	struct profile *p;
	const struct timeline_thread *t;

	(void)state;
	s->cpu_before_ns = SCENE_NS(0.2);
	s->run_queue_ns = SCENE_NS(0.3);
	m->threads[thread].run_queue_ns = SCENE_NS(0.3);
	p = scene_profile(m);
	t = &p->timeline.threads[0];
	assert_whole(p);
	assert_int_equal(t->intervals->count, 3);
	assert_int_equal(t->intervals->all[2].part, STATE_RUN_QUEUE);
	assert_near(length(&t->intervals->all[2]), 0.3, 1e-9);
	scene_end(m, p);
}

/* 0.3 s of computing and 700 waits of a millisecond, of which nothing says when. */
static void short_waits_are_folded(void **state)
{
	struct measurement *m = scene_new(1);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0.3);
	struct profile *p;
	const struct timeline_thread *t;

	(void)state;
	scene_file_wait(
		m, thread, "recvfrom", scene_socket(m, "127.0.0.1:4000", "127.0.0.1:80"), 0.7, 700);
	p = scene_profile(m);
	t = &p->timeline.threads[0];
	assert_whole(p);
	assert_int_equal(t->intervals->count, 1);
	assert_int_equal(t->intervals->all[0].part, PART_MIXED);
	assert_near(t->intervals->all[0].parts_s[PART_CPU], 0.3, 1e-9);
	assert_near(t->intervals->all[0].parts_s[PART_FOLDED], 0.7, 1e-9);
	assert_near(t->folded_s[STATE_NETWORK], 0.7, 1e-9);
	scene_end(m, p);
}

static void a_life_inside_the_window_is_told_alone(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;

	(void)state;
	scene_thread(m, process, 7, 10);
	scene_thread(m, process, 8, 2);
	m->threads[1].start_ns = (int64_t)SCENE_NS(3);
	m->threads[1].end_ns = (int64_t)SCENE_NS(5);
	p = scene_profile(m);
	assert_whole(p);
	assert_near(p->timeline.threads[1].start_s, 3, 1e-9);
	assert_near(p->timeline.threads[1].end_s, 5, 1e-9);
	assert_int_equal(p->timeline.threads[1].intervals->all[0].part, PART_CPU);
	scene_end(m, p);
}

/* A wait that is longer than its thread's life, or begins before the last one ended. */
static void what_contradicts_itself_makes_no_gap(void **state)
{
	struct measurement *m = scene_new(1);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 3);
	size_t wait = scene_wait(m, thread, "clock_nanosleep", 5, 2);
	struct profile *p;
	const struct timeline_thread *t;
	double at = 0;

	(void)state;
	scene_segment(m, wait, 0.2, 0.5)->cpu_before_ns = SCENE_NS(3);
	scene_segment(m, wait, 0.4, 4);
	p = scene_profile(m);
	t = &p->timeline.threads[0];
	for (size_t i = 0; i < t->intervals->count; i++) {
		assert_near(t->intervals->all[i].start_s, at, 1e-9);
		assert_near(parts_of(&t->intervals->all[i]), length(&t->intervals->all[i]), 1e-9);
		at = t->intervals->all[i].end_s;
	}
	assert_near(at, 1, 1e-9);
	scene_end(m, p);
}

static void waiting_for_something_to_do_is_idle(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), file = scene_socket(m, "0.0.0.0:80", NULL);
	size_t thread = scene_thread(m, process, 7, 0.1);
	size_t wait = scene_file_wait(m, thread, "accept4", file, 9.9, 1);
	struct profile *p;

	(void)state;
	m->files[file].listening = true;
	scene_segment(m, wait, 0.1, 9.9)->cpu_before_ns = SCENE_NS(0.1);
	p = scene_profile(m);
	assert_whole(p);
	assert_false(p->timeline.threads[0].intervals->all[0].idle);
	assert_true(p->timeline.threads[0].intervals->all[1].idle);
	scene_end(m, p);
}

/* As many threads as waits would make far more intervals than a report can hold. */
static void there_are_never_too_many(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), all = 0;
	struct profile *p;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		size_t thread = scene_thread(m, process, 7 + i, 1);
		size_t wait = scene_wait(m, thread, "clock_nanosleep", 9, 10);

		for (int j = 0; j < 10; j++)
			scene_segment(m, wait, j + 0.1, 0.9)->cpu_before_ns = SCENE_NS(0.1);
	}
	p = scene_profile(m);
	assert_whole(p);
	assert_int_equal(p->timeline.threads_count, 3000);
	for (size_t i = 0; i < 3000; i++)
		all += p->timeline.threads[i].intervals->count;
	assert_between((double)all, 3000, 16000);
	assert_true(p->timeline.threads[0].resolution_s > 0.9);
	scene_end(m, p);
}

/* A thousand threads need one interval each, which leaves the others what they need. */
static void who_needs_few_leaves_room_for_others(void **state)
{
	struct measurement *m = scene_new(100);
	size_t process = scene_process(m, 7, 1), all = 0;
	struct profile *p;

	(void)state;
	for (int i = 0; i < 1000; i++)
		scene_thread(m, process, 7 + i, 1);
	for (int i = 0; i < 10; i++) {
		size_t thread = scene_thread(m, process, 2000 + i, 10);
		size_t wait = scene_wait(m, thread, "clock_nanosleep", 90, 1000);

		for (int j = 0; j < 1000; j++)
			scene_segment(m, wait, j * 0.1 + 0.01, 0.09)->cpu_before_ns =
				SCENE_NS(0.01);
	}
	p = scene_profile(m);
	assert_whole(p);
	for (size_t i = 0; i < 1010; i++)
		all += p->timeline.threads[i].intervals->count;
	assert_between((double)all, 10000, 16000);
	assert_between((double)p->timeline.threads[1000].intervals->count, 900, 1500);
	scene_end(m, p);
}

/* Half of its time is neither computing nor in any row of waits. */
static void what_nothing_explains_is_other(void **state)
{
	struct measurement *m = scene_new(1);
	struct profile *p;

	(void)state;
	scene_thread(m, scene_process(m, 7, 1), 7, 0.5);
	p = scene_profile(m);
	assert_whole(p);
	assert_near(p->timeline.threads[0].folded_s[STATE_OTHER], 0.5, 1e-9);
	scene_end(m, p);
}

static void of_very_many_threads_the_longest_lives_are_told(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		size_t thread = scene_thread(m, process, 7 + i, 0);

		if (i % 5 == 0)
			m->threads[thread].end_ns = 1000;
	}
	p = scene_profile(m);
	assert_int_equal(p->timeline.threads_count, 4000);
	assert_int_equal(p->timeline.threads_left_out, 1000);
	for (size_t i = 0; i < 4000; i++)
		assert_near(p->timeline.threads[i].end_s, 10, 1e-9);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_and_what_is_between_them_are_told_apart),
		cmocka_unit_test(waiting_for_a_cpu_follows_the_wait),
		cmocka_unit_test(short_waits_are_folded),
		cmocka_unit_test(a_life_inside_the_window_is_told_alone),
		cmocka_unit_test(what_contradicts_itself_makes_no_gap),
		cmocka_unit_test(waiting_for_something_to_do_is_idle),
		cmocka_unit_test(there_are_never_too_many),
		cmocka_unit_test(who_needs_few_leaves_room_for_others),
		cmocka_unit_test(what_nothing_explains_is_other),
		cmocka_unit_test(of_very_many_threads_the_longest_lives_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
