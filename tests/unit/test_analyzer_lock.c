/* Locks: what is fought for, by whom, who held it; and one lock around everything, told by
 * behaviour. */
#include "scene.h"

static void locks_by_word_and_process(void **state)
{
	struct measurement *m = scene_new(10);
	size_t wait;
	struct profile *p;

	(void)state;
	for (int i = 0; i < 2; i++) {
		size_t process = scene_process(m, 7 + i, 1);

		for (int t = 0; t < 2; t++) {
			size_t thread = scene_thread(m, process, 70 + 10 * i + t, 1);

			wait = scene_futex(m, thread, 0x6000, 0x80, 2, 1 + i, 100);
			m->waits[wait].max_ns = SCENE_NS(0.1 * (1 + t));
			m->waits[wait].owner_tid = 90 + t;
			scene_futex(m, thread, 0x7000, 0x189, 3, 0.1, 10);
		}
	}
	p = scene_profile(m);
	assert_int_equal(p->locks_count, 4);
	assert_string_equal(p->locks[0].kind, "mutex");
	assert_int_equal(p->locks[0].pid, 8);
	assert_int_equal(p->locks[0].address, 0x6000);
	assert_int_equal(p->locks[0].waits, 200);
	assert_int_equal(p->locks[0].waiters, 2);
	assert_near(p->locks[0].total_wait_s, 4, 1e-9);
	assert_near(p->locks[0].max_wait_s, 0.2, 1e-9);
	assert_int_equal(p->locks[0].owner_tid, 91); /* during the longest wait */
	assert_string_equal(p->locks[2].kind, "rwlock");
	scene_end(m, p);
}

/* While somebody waits for it, somebody holds it. */
static void a_lock_was_held_while_it_was_waited_for(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;

	(void)state;
	for (int i = 0; i < 2; i++)
		scene_segment(m,
			scene_futex(m, scene_thread(m, process, 7 + i, 1), 0x6000, 0x80, 2, 2, 1),
			i, 2);
	p = scene_profile(m);
	assert_near(p->locks[0].held_s, 3, 1e-9);
	scene_end(m, p);
}

static void file_locks_and_the_address_space(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), other = scene_process(m, 8, 1);
	size_t one = scene_thread(m, process, 7, 1), two = scene_thread(m, process, 9, 1);
	size_t file = scene_file(m, FILE_REGULAR), wait;
	struct profile *p;

	(void)state;
	m->files[file].path = strdup("/var/lock/x");
	scene_file_wait(m, one, "flock", file, 1, 1);
	scene_file_wait(m, scene_thread(m, other, 8, 1), "flock", file, 1, 1);
	wait = scene_wait(m, two, "mmap", 0.5, 10);
	m->waits[wait].block = BLOCK_UNINTERRUPTIBLE;
	p = scene_profile(m);
	assert_int_equal(p->locks_count, 2);
	assert_string_equal(p->locks[0].kind, "file");
	assert_string_equal(p->locks[0].object, "/var/lock/x");
	assert_int_equal(p->locks[0].waiters, 2);
	assert_int_equal(p->locks[0].pid, 0); /* of several processes */
	assert_string_equal(p->locks[1].kind, "address-space");
	assert_int_equal(p->locks[1].pid, 7);
	scene_end(m, p);
}

/* Three threads that compute by turns, on four CPUs, and wait for each other on few words. */
static struct measurement *turns(uint64_t apart, uint32_t op, uint32_t value)
{
	struct measurement *m = scene_new(9);
	size_t process = scene_process(m, 7, 1);

	scene_running(m, process, 0.05, 8.95, 0);
	for (int i = 0; i < 3; i++)
		scene_futex(m, scene_thread(m, process, 7 + i, 2.95), 0x8000 + apart * (uint64_t)i,
			op, value, 5.9, 500);
	return m;
}

static void turns_on_one_cluster_are_a_global_lock(void **state)
{
	struct measurement *m = turns(40, 0x189, 0);
	struct profile *p;

	(void)state;
	scene_runtime(m, 0, "pypy", true);
	p = scene_profile(m);
	assert_near(p->time.s[STATE_INTERPRETER_LOCK], 17.7, 1e-6);
	assert_int_equal(p->locks_count, 1);
	assert_string_equal(p->locks[0].kind, "interpreter");
	assert_true(p->locks[0].inferred);
	assert_int_equal(p->locks[0].waiters, 3);
	assert_near(p->work.cpu_locked_s, 8.85, 1e-6); /* all: no sample tells otherwise */
	assert_int_equal(p->work.model, MODEL_THREADS);
	scene_end(m, p);
}

static void ruby_threads_wait_each_on_their_own(void **state)
{
	struct measurement *m = turns(0x10000, 0x189, 0);
	struct profile *p;

	(void)state;
	scene_runtime(m, 0, "ruby", true);
	p = scene_profile(m);
	assert_near(p->interpreter.wait_s, 17.7, 1e-6);
	scene_end(m, p);
}

static void in_native_code_no_state_is_changed(void **state)
{
	struct measurement *m = turns(40, 0x80, 2);
	struct profile *p = scene_profile(m);

	(void)state;
	assert_near(p->time.s[STATE_LOCK], 17.7, 1e-6);
	assert_true(p->locks[0].inferred);
	assert_string_equal(p->locks[0].kind, "mutex");
	assert_false(p->interpreter.present);
	assert_nan(p->interpreter.held_share);
	scene_end(m, p);
}

static void threads_that_overlap_have_no_global_lock(void **state)
{
	struct measurement *m = turns(40, 0x189, 0);
	struct profile *p;

	(void)state;
	scene_runtime(m, 0, "pypy", true);
	m->processes[0].running_ns[1] = SCENE_NS(6);
	m->processes[0].running_ns[2] = SCENE_NS(2.9);
	p = scene_profile(m);
	assert_near(p->interpreter.wait_s, 0, 1e-9);
	scene_end(m, p);
}

/* One CPU keeps threads apart as well. */
static void on_one_cpu_nothing_is_inferred(void **state)
{
	struct measurement *m = turns(40, 0x189, 0);
	struct profile *p;

	(void)state;
	scene_runtime(m, 0, "pypy", true);
	m->host.cpus_allowed = 1;
	p = scene_profile(m);
	assert_near(p->interpreter.wait_s, 0, 1e-9);
	scene_end(m, p);
}

/* Threads that are mostly idle hardly meet on the CPU, lock or not. */
static void little_computing_tells_nothing(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;

	(void)state;
	scene_runtime(m, process, "ruby", true);
	scene_running(m, process, 9.9, 0.1, 0);
	for (int i = 0; i < 3; i++)
		scene_futex(m, scene_thread(m, process, 7 + i, 0.03), 0x8000, 0x189, 0, 9.9, 100);
	p = scene_profile(m);
	assert_near(p->interpreter.wait_s, 0, 1e-9);
	scene_end(m, p);
}

static void what_the_samples_say_of_the_lock(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 8);
	struct profile *p;

	(void)state;
	scene_runtime(m, process, "cpython", true);
	scene_sample(m, thread, NULL, false, 1, 300);
	scene_sample(m, thread, NULL, false, 0, 100);
	scene_sample(m, thread, NULL, false, -1, 5000); /* not known: not counted */
	p = scene_profile(m);
	assert_near(p->interpreter.held_share, 0.75, 1e-9);
	assert_near(p->interpreter.free_cpu_share, 0.25, 1e-9);
	assert_near(p->work.cpu_locked_s, 6, 1e-9);
	assert_near(p->interpreter.utilization, 0.6, 1e-9);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(locks_by_word_and_process),
		cmocka_unit_test(a_lock_was_held_while_it_was_waited_for),
		cmocka_unit_test(file_locks_and_the_address_space),
		cmocka_unit_test(turns_on_one_cluster_are_a_global_lock),
		cmocka_unit_test(ruby_threads_wait_each_on_their_own),
		cmocka_unit_test(in_native_code_no_state_is_changed),
		cmocka_unit_test(threads_that_overlap_have_no_global_lock),
		cmocka_unit_test(on_one_cpu_nothing_is_inferred),
		cmocka_unit_test(little_computing_tells_nothing),
		cmocka_unit_test(what_the_samples_say_of_the_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
