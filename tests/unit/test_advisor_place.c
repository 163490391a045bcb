/* The sentence that says where: what it is of, and when there is none. */
#include "advisor/place.h"

#include "scene_child.h"

static void text_is(enum place place, const struct profile *p, const char *expected)
{
	char *text = place_text(place, p);

	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
	free(text);
}

/* A line that waits so long of ten seconds; the rest it computes. */
static void waits_text_is(double wait_s, const char *expected)
{
	struct measurement *m = scene_new(10);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 10 - wait_s);
	size_t wait = scene_wait(m, thread, "clock_nanosleep", wait_s, 2);
	struct profile *p;

	scene_site(m, wait, scene_line(m, "/srv/app.py", 3, "pause"), wait_s, 2, 2);
	p = scene_profile(m);
	text_is(PLACE_WAITS, p, expected);
	scene_end(m, p);
}

static void next_to_nothing_is_no_place(void **state)
{
	(void)state;
	waits_text_is(
		4, "app.py:3 pause: 2 sleeps of 2.00 s, one after another, 40 % of the time.");
	waits_text_is(0.02, NULL);
}

/* A script that starts so many commands for a second each, and waits for them on a line. */
static void children_text_is(int count, int line, const char *expected)
{
	struct measurement *m = scene_new(count + 0.1);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0.01);
	size_t wait = scene_wait(m, thread, "wait4", count, (uint64_t)count);
	struct profile *p;

	scene_site(m, wait, scene_line(m, "/srv/app.py", line, "run"), count, (uint64_t)count,
		(uint64_t)count);
	for (int i = 0; i < count; i++)
		scene_child(m, 10 + i, 7, i == 0 ? "/bin/tar" : "/usr/bin/gzip", i, 1);
	p = scene_profile(m);
	text_is(PLACE_CHILDREN, p, expected);
	assert_int_equal(place_stack(PLACE_CHILDREN, p), expected && line ? 0 : MEASURED_NONE);
	scene_end(m, p);
}

static void children_have_a_name_and_who_starts_them_a_line(void **state)
{
	(void)state;
	children_text_is(
		5, 9, "app.py:9 run: starts them; gzip, 4 times, takes 80 % of their time.");
	children_text_is(5, 0, "gzip, 4 times, takes 80 % of their time.");
	children_text_is(1, 9, NULL); /* one child is the program, or beside it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(next_to_nothing_is_no_place),
		cmocka_unit_test(children_have_a_name_and_who_starts_them_a_line),
	};

	return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
