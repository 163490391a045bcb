/* Semaphores that Python's threads wait for: which of them are locks. */
#include "scene.h"

#define SEMAPHORE 0x189
#define LOCK 0x6000
#define STDLIB "/usr/lib/python3.11/"

/* Where they wait; NULL: a line of the program's own. */
struct where {
	const char *file, *function;
};

/* Ten seconds of a process whose threads wait so long each for one word. */
static struct measurement *waiting(int threads, double each_s, const struct where *where)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), stack;

	scene_runtime(m, process, "cpython", true);
	stack = scene_line(
		m, where ? where->file : "/srv/app.py", 10, where ? where->function : "book");
	for (int i = 0; i < threads; i++) {
		size_t thread = scene_thread(m, process, 7 + i, 0.5);
		size_t wait = scene_futex(m, thread, LOCK, SEMAPHORE, 0, each_s, 100);

		scene_site(m, wait, stack, each_s, 100, 100);
	}
	return m;
}

static double locked_s(struct measurement *m)
{
	struct profile *p = scene_profile(m);
	double s = p->time.s[STATE_LOCK];

	if (s > 0)
		assert_string_equal(p->locks[0].kind, "mutex");
	scene_end(m, p);
	return s;
}

static void several_that_wait_on_a_line_of_their_own_want_a_lock(void **state)
{
	(void)state;
	assert_near(locked_s(waiting(4, 7, NULL)), 28, 1e-9);
	assert_near(locked_s(waiting(1, 7, NULL)), 0, 1e-9); /* a signal to it alone */
}

static void who_waits_in_the_library_waits_for_work(void **state)
{
	const struct where queue = {STDLIB "concurrent/futures/thread.py", "_worker"};
	const struct where event = {STDLIB "threading.py", "Condition.wait"};
	const struct where entering = {STDLIB "threading.py", "Condition.__enter__"};
	const struct where package = {"/usr/lib/python3/dist-packages/pool/core.py", "take"};

	(void)state;
	assert_near(locked_s(waiting(4, 7, &queue)), 0, 1e-9);
	assert_near(locked_s(waiting(4, 7, &event)), 0, 1e-9);
	assert_near(locked_s(waiting(4, 7, &entering)), 28, 1e-9);
	assert_near(locked_s(waiting(4, 7, &package)), 28, 1e-9);
}

/* Of those who take a lock one has it, and does not wait. */
static void what_all_wait_for_is_no_lock(void **state)
{
	(void)state;
	assert_near(locked_s(waiting(4, 9, NULL)), 0, 1e-9);
	assert_near(locked_s(waiting(2, 5, NULL)), 10, 1e-9);
	assert_near(locked_s(waiting(2, 6, NULL)), 0, 1e-9);
}

/* Two that take turns, a wait of each after one of the other; or wait together each time. */
static double turns_locked_s(bool together)
{
	struct measurement *m = waiting(2, 4, NULL);

	for (int thread = 0; thread < 2; thread++)
		for (int i = 0; i < 10; i++)
			scene_segment(
				m, (size_t)thread, i + (together || thread == 0 ? 0 : 0.5), 0.4);
	return locked_s(m);
}

static void whoever_waits_together_waits_for_work(void **state)
{
	(void)state;
	assert_near(turns_locked_s(false), 8, 1e-9);
	assert_near(turns_locked_s(true), 0, 1e-9);
}

/* How the thread that never waits, and then the others, do the work in the function. */
struct turns {
	const char *function;
	double first_s, each_s; /* so long the first is at it; and so far apart the others are */
	bool is_shared;         /* one waits for another word there, too */
	double work_s;          /* of each of the others' */
};

/* Three threads wait for a word at once, up to the fourth second, while a fourth is at work. */
static double unseen_locked_s(const struct turns *t)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), first, wait;
	size_t takes = scene_line(m, "/srv/app.py", 10, "book");
	size_t works = scene_line(m, "/srv/app.py", 11, t->function);

	scene_runtime(m, process, "cpython", true);
	first = scene_wait(m, scene_thread(m, process, 7, 0.5), "clock_nanosleep", t->first_s, 1);
	scene_site(m, first, works, t->first_s, 1, 1);
	scene_segment(m, first, 0, t->first_s);
	for (int i = 0; i < 3; i++) {
		size_t thread = scene_thread(m, process, 8 + i, 0.5);

		wait = scene_futex(m, thread, LOCK, SEMAPHORE, 0, 4 + i * t->each_s, 4);
		scene_site(m, wait, takes, 4 + i * t->each_s, 4, 4);
		scene_segment(m, wait, 0, 4 + i * t->each_s);
		wait = scene_wait(m, thread, "clock_nanosleep", t->work_s, 1);
		scene_site(m, wait, works, t->work_s, 1, 1);
		scene_segment(m, wait, 4 + i * t->each_s, t->work_s);
	}
	if (t->is_shared) {
		wait = scene_futex(m, 0, LOCK + 64, SEMAPHORE, 0, 2, 1);
		scene_site(m, wait, takes, 2, 1, 1);
		scene_segment(m, wait, 8, 2);
	}
	return locked_s(m);
}

/* A lock that who has it takes again before the others are awake. */
static void who_never_waits_for_a_lock_takes_it_too(void **state)
{
	const struct turns lock = {"book", 4, 2, false, 2};
	const struct turns apart = {"draw", 4, 2, false, 2};
	const struct turns side_by_side = {"book", 4, 1, false, 2};
	const struct turns now_and_then = {"book", 3, 2, false, 2};
	const struct turns words = {"book", 4, 2, true, 2};

	(void)state;
	assert_near(unseen_locked_s(&lock), 18, 1e-9);
	assert_near(unseen_locked_s(&apart), 0, 1e-9);
	assert_near(unseen_locked_s(&side_by_side), 0, 1e-9);
	assert_near(unseen_locked_s(&now_and_then), 0, 1e-9);
	assert_near(unseen_locked_s(&words), 0, 1e-9);
}

/* Of the others none ever has it: then it is not known that the one that works does. */
static void a_turn_is_one_of_several(void **state)
{
	const struct turns alone = {"book", 10, 0, false, 0};

	(void)state;
	assert_near(unseen_locked_s(&alone), 0, 1e-9);
}

/* Four that compute three of ten seconds each, so much of it with the interpreter's lock. */
static double computing_locked_s(uint64_t percent)
{
	struct measurement *m = waiting(4, 7, NULL);

	for (size_t i = 0; i < m->threads_count; i++)
		m->threads[i].cpu_ns = SCENE_NS(3);
	scene_sample(m, 0, NULL, false, 1, percent);
	scene_sample(m, 0, NULL, false, 0, 100 - percent);
	return locked_s(m);
}

/* Then whoever has a lock waits for the interpreter's. */
static void behind_a_saturated_interpreter_no_lock_counts(void **state)
{
	(void)state;
	assert_near(computing_locked_s(50), 28, 1e-9);
	assert_near(computing_locked_s(70), 0, 1e-9);
}

static void other_words_and_other_runtimes_are_left_alone(void **state)
{
	struct measurement *m = waiting(4, 7, NULL);

	(void)state;
	for (size_t i = 0; i < m->waits_count; i++)
		m->waits[i].futex_value = 7; /* a condition's turn */
	assert_near(locked_s(m), 0, 1e-9);
	m = waiting(4, 7, NULL);
	free(m->runtimes[0].name);
	m->runtimes[0].name = strdup("ruby");
	assert_near(locked_s(m), 0, 1e-9);
	m = waiting(4, 7, NULL);
	for (size_t i = 0; i < m->waits_count; i++)
		m->waits[i].futex_address += 64 * i; /* each waits for its own */
	assert_near(locked_s(m), 0, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_that_wait_on_a_line_of_their_own_want_a_lock),
		cmocka_unit_test(who_waits_in_the_library_waits_for_work),
		cmocka_unit_test(what_all_wait_for_is_no_lock),
		cmocka_unit_test(whoever_waits_together_waits_for_work),
		cmocka_unit_test(who_never_waits_for_a_lock_takes_it_too),
		cmocka_unit_test(a_turn_is_one_of_several),
		cmocka_unit_test(behind_a_saturated_interpreter_no_lock_counts),
		cmocka_unit_test(other_words_and_other_runtimes_are_left_alone),
	};

	return cmocka_run_group_tests_name("python_lock", tests, NULL, NULL);
}
