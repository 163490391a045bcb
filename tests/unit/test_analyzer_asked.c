/* What a loop asked for, request by request: which one was under way when. */
#include "analyzer/asked.h"
#include "analyzer/meaning.h"

#include "scene.h"

static void exchange(
	struct measurement *m, size_t thread, uint32_t socket, double start_s, bool goes_on)
{
	*measurement_add_exchange(m) = (struct measured_exchange){.thread = thread,
		.start_ns = (int64_t)SCENE_NS(start_s),
		.wait_ns = SCENE_NS(0.1),
		.taken_ns = SCENE_NS(0.2),
		.socket = socket,
		.goes_on = goes_on};
}

static void the_last_one_begun_is_under_way(void **state)
{
	struct measurement *m = scene_new(1);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.1);
	size_t other = scene_thread(m, process, 8, 0.1);
	struct asked_list l;
	struct meaning *x;

	(void)state;
	exchange(m, thread, 1, 0.5, false); /* in order of their ends, not of connections */
	exchange(m, thread, 0, 0.1, false);
	exchange(m, thread, 0, 0.25, true);
	exchange(m, other, 2, 0.7, false);
	x = meaning_new(m);
	assert_non_null(x);
	assert_int_equal(asked_fill(&l, x, thread), 0);
	assert_int_equal(l.count, 2);
	assert_true(asked_at(&l, 0.05) == SIZE_MAX);
	assert_int_equal(asked_at(&l, 0.1), 0);
	assert_int_equal(asked_at(&l, 0.3), 0);
	assert_true(asked_at(&l, 0.4) == SIZE_MAX);
	assert_int_equal(asked_at(&l, 0.55), 1);
	assert_true(asked_at(&l, 0.75) == SIZE_MAX);
	asked_clear(&l);
	meaning_free(x);
	measurement_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_one_begun_is_under_way),
	};

	return cmocka_run_group_tests_name("asked", tests, NULL, NULL);
}
