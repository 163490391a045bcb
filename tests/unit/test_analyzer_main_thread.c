/* Which thread runs a process' main function. */
#include "scene.h"

#include "analyzer/meaning.h"

#define JOIN 0x109 /* FUTEX_WAIT_BITSET | CLOCK_REALTIME: pthread_join() */

/* A process of three threads, the first of which waits so much of ten seconds for another's end. */
struct launch {
	const char *runtime;
	double joins_s;
	unsigned int joined; /* a thread's number; the process is 7 */
};

/* The number of the thread of the only one that is found. */
static int main_of(struct launch l)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), first = scene_thread(m, process, 7, 0.01);
	struct meaning *x;
	int found = 0;

	scene_thread(m, process, 8, 1);
	scene_thread(m, process, 9, 1);
	if (l.runtime)
		scene_runtime(m, process, l.runtime, false);
	scene_futex(m, first, 0x100, JOIN, l.joined, l.joins_s, 1);
	x = meaning_new(m);
	assert_non_null(x);
	for (size_t i = 0; i < m->threads_count; i++) {
		if (!meaning_is_main(x, i))
			continue;
		assert_int_equal(found, 0);
		found = m->threads[i].tid;
	}
	meaning_free(x);
	measurement_free(m);
	return found;
}

static void the_first_one_does(void **state)
{
	(void)state;
	assert_int_equal(main_of((struct launch){NULL, 9, 8}), 7);
}

static void java_starts_another_for_it(void **state)
{
	(void)state;
	assert_int_equal(main_of((struct launch){"jvm", 9, 9}), 9);
}

/* As a program does that has a JVM in it. */
static void who_does_something_itself_is_no_launcher(void **state)
{
	(void)state;
	assert_int_equal(main_of((struct launch){"jvm", 4, 8}), 7);
}

static void a_thread_that_was_not_seen_is_none(void **state)
{
	(void)state;
	assert_int_equal(main_of((struct launch){"jvm", 9, 10}), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_one_does),
		cmocka_unit_test(java_starts_another_for_it),
		cmocka_unit_test(who_does_something_itself_is_no_launcher),
		cmocka_unit_test(a_thread_that_was_not_seen_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
