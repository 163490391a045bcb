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

/* A contended lock, as far as the word says; in which functions it is waited for. */
static double locked_s(const char *inner, const char *outer)
{
	struct measurement *m = scene_new(10);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 1), wait;
	const size_t frames[] = {
		scene_frame(m, "c", inner, NULL, 0, "/lib/libc.so.6"),
		scene_frame(m, "rust", outer, NULL, 0, "/srv/app"),
	};
	struct profile *p;
	double s;

	scene_thread(m, 0, 8, 9); /* somebody who may have it */
	wait = scene_futex(m, thread, 0x7000, 0x89, 2, 9, 1);
	scene_site(m, wait, scene_stack(m, frames, 2), 9, 1, 1);
	p = scene_profile(m);
	s = p->time.s[STATE_LOCK];
	scene_end(m, p);
	return s;
}

/* One that counts comes to two, as well. */
static void who_waits_for_a_condition_waits_for_no_lock(void **state)
{
	(void)state;
	assert_near(
		locked_s("futex_wait", "<std::sys::sync::condvar::futex::Condvar>::wait"), 0, 0);
	assert_near(
		locked_s("__futex_abstimed_wait_common", "pthread_cond_wait@@GLIBC_2.3.2"), 0, 0);
	assert_near(locked_s("<std::sys::sync::mutex::futex::Mutex>::lock_contended",
			    "<std::sys::sync::condvar::futex::Condvar>::wait"),
		9, 1e-9);
	assert_near(locked_s("__lll_lock_wait", "pthread_cond_wait"), 9, 1e-9);
	assert_near(locked_s("futex_wait", "parking_lot::raw_mutex::RawMutex::lock_slow"), 9, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_enters_a_monitor_waits_for_a_lock),
		cmocka_unit_test(whoever_calls_sleep_sleeps),
		cmocka_unit_test(most_of_a_row_counts),
		cmocka_unit_test(what_is_in_no_table_stays),
		cmocka_unit_test(who_waits_for_a_condition_waits_for_no_lock),
	};

	return cmocka_run_group_tests_name("caller", tests, NULL, NULL);
}
