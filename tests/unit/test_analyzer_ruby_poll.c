/* Ruby's first thread polls with an eventfd of its own: when that is a wait for one answer. */
#include "analyzer/meaning.h"

#include "scene.h"

#define REQUESTS 80

/* A second of so many requests of 10 ms, of which so many are under way at once. */
static struct measurement *asking(const char *runtime, uint32_t polled, int at_once)
{
	struct measurement *m = scene_new(1);
	size_t process = scene_process(m, 7, 1), wait;

	scene_thread(m, process, 7, 0.2);
	scene_runtime(m, process, runtime, true);
	wait = scene_wait(m, 0, "ppoll", 0.8, REQUESTS);
	m->waits[wait].files_polled = polled;
	m->exchanges_end_ns = (int64_t)m->wall_ns;
	for (int i = 0; i < REQUESTS; i++) {
		double start_s = 0.1 + 0.011 * i;
		struct measured_exchange *e;

		scene_segment(m, wait, start_s, 0.01);
		e = measurement_add_exchange(m);
		assert_non_null(e);
		e->start_ns = (int64_t)SCENE_NS(start_s - 0.011 * (at_once - 1));
		e->wait_ns = e->taken_ns = SCENE_NS(0.01 + 0.011 * (at_once - 1));
		e->socket = (uint32_t)i;
	}
	return m;
}

static enum state state_is(struct measurement *m, bool loop)
{
	struct meaning *x = meaning_new(m);
	enum state state;

	assert_non_null(x);
	assert_int_equal(x->loops[0], loop);
	state = x->states[0];
	meaning_free(x);
	measurement_free(m);
	return state;
}

static void one_answer_after_the_other_is_no_loop(void **state)
{
	(void)state;
	assert_int_equal(state_is(asking("ruby", 2, 1), false), STATE_NETWORK);
}

static void several_at_once_are_one(void **state)
{
	(void)state;
	assert_int_equal(state_is(asking("ruby", 2, 4), true), STATE_POLL);
	assert_int_equal(state_is(asking("ruby", 3, 1), true), STATE_POLL);
	assert_int_equal(state_is(asking("cpython", 2, 1), true), STATE_POLL);
}

/* As one that waits to be asked. */
static void what_nobody_asked_for_is_left_alone(void **state)
{
	struct measurement *m = asking("ruby", 2, 1);

	(void)state;
	m->exchanges_count = 0;
	assert_int_equal(state_is(m, true), STATE_POLL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_answer_after_the_other_is_no_loop),
		cmocka_unit_test(several_at_once_are_one),
		cmocka_unit_test(what_nobody_asked_for_is_left_alone),
	};

	return cmocka_run_group_tests_name("ruby_poll", tests, NULL, NULL);
}
