/* poll_watch: it is given up when looks come in numbers, and for good. What it attaches is shown by
 * tests/live/loops.py. */
#include "probe/poll_watch.c" /* for what it takes for a C library */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS 1000000LL

/* Nothing is attached in these tests. */
bool collector_is_restless(const struct collector *c, size_t process)
{
	(void)c, (void)process;
	return false;
}

static struct poll_watch watching(const unsigned long long *seen)
{
	struct poll_watch w;

	poll_watch_open(&w, NULL, seen);
	w.since_ns = 1000 * MS;
	w.watched[w.count++] = (struct poll_watched){.pid = 7, .process = 0, .start_ns = 1000 * MS};
	return w;
}

static struct measurement *one_process(void)
{
	struct measurement *m = measurement_new();

	*measurement_add_process(m) = (struct measured_process){.pid = 7, .watched_files = 1};
	return m;
}

static void few_looks_are_watched_to_the_end(void **state)
{
	struct measurement *m = one_process();
	unsigned long long seen = 0;
	struct poll_watch w = watching(&seen);
	long long at;

	(void)state;
	for (at = 1050 * MS; at <= 3000 * MS; at += 50 * MS) {
		seen += 50; /* exactly as many as are allowed */
		poll_watch_turn(&w, NULL, m, at);
		assert_false(w.ended);
	}
	poll_watch_close(&w, m, at);
	assert_int_equal(m->processes[0].polls_start_ns, 1000 * MS);
	assert_int_equal(m->processes[0].polls_end_ns, at);
	measurement_free(m);
}

static void many_looks_end_it_at_once(void **state)
{
	struct measurement *m = one_process();
	unsigned long long seen = 0;
	struct poll_watch w = watching(&seen);

	(void)state;
	seen = 101; /* in 5 ms: more than there may be in a hundred */
	poll_watch_turn(&w, NULL, m, 1005 * MS);
	assert_true(w.ended);
	assert_int_equal(m->processes[0].polls_end_ns, 1005 * MS);
	poll_watch_close(&w, m, 2000 * MS);
	assert_int_equal(m->processes[0].polls_end_ns, 1005 * MS);
	measurement_free(m);
}

static void what_never_began_is_not_told(void **state)
{
	struct measurement *m = one_process();
	unsigned long long seen = 0;
	struct poll_watch w;

	(void)state;
	poll_watch_open(&w, NULL, &seen);
	poll_watch_turn(&w, NULL, m, 1000 * MS);
	poll_watch_close(&w, m, 2000 * MS);
	assert_int_equal(m->processes[0].polls_end_ns, 0);
	measurement_free(m);
}

/* Its row is another's by now, or there is none. */
static void what_is_no_more_is_not_told(void **state)
{
	for (int what = 0; what < 3; what++) {
		struct measurement *m = what == 2 ? measurement_new() : one_process();
		unsigned long long seen = 0;
		struct poll_watch w = watching(&seen);

		(void)state;
		if (what == 0)
			m->processes[0].pid = 8;
		if (what == 1)
			m->processes[0].earlier = 1;
		poll_watch_close(&w, m, 2000 * MS);
		if (what < 2)
			assert_int_equal(m->processes[0].polls_end_ns, 0);
		measurement_free(m);
	}
}

/* A launcher becomes the program: what was measured until then is gone, and so is its watch. */
static void measuring_anew_begins_anew(void **state)
{
	struct measurement *m = one_process();
	unsigned long long seen = 0;
	struct poll_watch w = watching(&seen);

	(void)state;
	m->target.launcher_ns = 5;
	poll_watch_turn(&w, NULL, m, 1010 * MS);
	poll_watch_close(&w, m, 2000 * MS);
	assert_int_equal(m->processes[0].polls_end_ns, 0);
	measurement_free(m);
}

static void c_libraries_are_known_by_name(void **state)
{
	(void)state;
	assert_true(is_c_library("/lib/x86_64-linux-gnu/libc.so.6"));
	assert_true(is_c_library("/lib/libc-2.31.so"));
	assert_true(is_c_library("/lib/ld-musl-x86_64.so.1"));
	assert_false(is_c_library("/usr/lib/libcrypto.so.3"));
	assert_false(is_c_library("/usr/lib/libc++.so.1"));
	assert_false(is_c_library(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_looks_are_watched_to_the_end),
		cmocka_unit_test(many_looks_end_it_at_once),
		cmocka_unit_test(what_never_began_is_not_told),
		cmocka_unit_test(what_is_no_more_is_not_told),
		cmocka_unit_test(measuring_anew_begins_anew),
		cmocka_unit_test(c_libraries_are_known_by_name),
	};

	return cmocka_run_group_tests_name("poll_watch", tests, NULL, NULL);
}
