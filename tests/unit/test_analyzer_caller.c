/* What a runtime's own functions say of waits that look the same to the kernel. */
#include "scene.h"

#define WAIT 0x189

static size_t chain(struct measurement *m, const char *function)
{
	const size_t frames[] = {
		scene_frame(m, "c", "__pthread_cond_wait_common", NULL, 0, "/lib/libc.so.6"),
		scene_frame(m, "c++", "os::PlatformEvent::park", NULL, 0, "/jvm/libjvm.so"),
		scene_frame(m, "c++", function, NULL, 0, "/jvm/libjvm.so"),
	};

	return scene_stack(m, frames, sizeof(frames) / sizeof(frames[0]));
}

/* Four threads that wait each on a word of its own, so long in that function, of ten seconds. */
static struct profile *waiting(struct measurement **ret, const char *function, double s)
{
	struct measurement *m = *ret = scene_new(10);
	size_t process = scene_process(m, 7, 1), there, elsewhere;

	scene_runtime(m, process, "jvm", false);
	there = chain(m, function);
	elsewhere = chain(m, "Unsafe_Park");
	for (size_t i = 0; i < 4; i++) {
		size_t thread = scene_thread(m, process, 7 + (int)i, 1);
		size_t wait = scene_futex(m, thread, 0x7000 + 64 * i, WAIT, 0, 9, 100);

		scene_site(m, wait, there, s, 50, 50);
		scene_site(m, wait, elsewhere, 9 - s, 50, 50);
	}
	return scene_profile(m);
}

static void whoever_enters_a_monitor_waits_for_a_lock(void **state)
{
	struct measurement *m;
	struct profile *p = waiting(&m, "ObjectMonitor::EnterI", 7);

	(void)state;
	assert_near(p->time.s[STATE_LOCK], 36, 1e-9);
	assert_int_equal(p->locks_count, 1); /* which one is not known */
	assert_string_equal(p->locks[0].kind, "monitors");
	assert_int_equal(p->locks[0].waiters, 4);
	scene_end(m, p);
}

static void whoever_calls_sleep_sleeps(void **state)
{
	static const char *const functions[] = {"JVM_Sleep", "JVM_SleepNanos", "rb_f_sleep"};

	(void)state;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		struct measurement *m;
		struct profile *p = waiting(&m, functions[i], 7);

		assert_near(p->time.s[STATE_SLEEP], 36, 1e-9);
		assert_int_equal(p->locks_count, 0);
		scene_end(m, p);
	}
}

static void most_of_a_row_counts(void **state)
{
	struct measurement *m;
	struct profile *p = waiting(&m, "ObjectMonitor::EnterI", 2);

	(void)state;
	assert_near(p->time.s[STATE_SYNC], 36, 1e-9);
	scene_end(m, p);
}

static void what_is_in_no_table_stays(void **state)
{
	struct measurement *m;
	struct profile *p = waiting(&m, "ObjectMonitor::wait", 7);

	(void)state;
	assert_near(p->time.s[STATE_SYNC], 36, 1e-9);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_enters_a_monitor_waits_for_a_lock),
		cmocka_unit_test(whoever_calls_sleep_sleeps),
		cmocka_unit_test(most_of_a_row_counts),
		cmocka_unit_test(what_is_in_no_table_stays),
	};

	return cmocka_run_group_tests_name("caller", tests, NULL, NULL);
}
