/* What loops ask for, as operations: of many requests at once, and of one at a time. */
#include "gathered.h"

/*
 * A loop that from 0.1 on asks for ten things, which are all there at 0.3, computes until 0.9, and
 * ends at 1. Of twenty samples so many were taken in its turns.
 */
static struct measurement *loop_of_ten(uint64_t turning)
{
	struct measurement *m = scene_new(1);
	size_t wait, frame, stack;

	scene_alone(m, 0.8);
	wait = scene_row(m, 0, "epoll_wait", scene_file(m, FILE_EPOLL));
	scene_long(m, wait, 0.1, 0.1, 0.2);
	m->exchanges_end_ns = (int64_t)m->wall_ns;
	for (uint32_t i = 0; i < 10; i++)
		*measurement_add_exchange(m) =
			(struct measured_exchange){.start_ns = (int64_t)SCENE_NS(0.1),
				.wait_ns = SCENE_NS(0.199),
				.taken_ns = SCENE_NS(0.2),
				.socket = i};
	for (int turns = 0; turns < 2; turns++) {
		frame = scene_frame(m, "python", turns ? "BaseEventLoop._run_once" : "<module>",
			turns ? "/usr/lib/python3.11/asyncio/base_events.py" : "main.py", 1, NULL);
		stack = scene_stack(m, &frame, 1);
		scene_sample(m, 0, NULL, false, -1, turns ? turning : 20 - turning);
		m->samples[turns].stack = stack;
	}
	return m;
}

/* What comes of answers is computed when all of them are there; no part of that is the end. */
static void what_a_loop_computes_in_its_turns_is_for_its_requests(void **state)
{
	struct gathered g;

	(void)state;
	gather(&g, loop_of_ten(15), 0);
	assert_int_equal(g.work.operations_count, 10);
	assert_near(g.work.head_s, 0.1, EXACT);
	assert_near(g.work.tail_s, 0.1 - 0.06, EXACT); /* 0.6 s of turns, and the last one's part */
	assert_near(gathered_cpu_s(&g), 0.6, EXACT);
	gathered_clear(&g);
}

static void what_it_computes_when_it_has_ended_is_not(void **state)
{
	struct measurement *few = loop_of_ten(2);
	struct gathered g;

	(void)state;
	gather(&g, loop_of_ten(0), 0);
	assert_near(g.work.tail_s, 0.7, EXACT);
	assert_near(gathered_cpu_s(&g), 0, EXACT);
	gathered_clear(&g);
	few->samples[0].count = 1; /* two of three: that is no measure */
	gather(&g, few, 0);
	assert_near(g.work.tail_s, 0.7, EXACT);
	gathered_clear(&g);
}

/* A loop that awaits one thing at a time on twenty connections: each is opened, it greets, asks,
 * and reads the answer in two pieces; for each of the four it comes round once. */
static struct measurement *loop_of_twenty(bool opens)
{
	struct measurement *m = scene_new(1);
	size_t wait;

	scene_alone(m, 0.3);
	wait = scene_row(m, 0, "poll", MEASURED_NONE);
	m->waits[wait].files_polled = 2;
	m->exchanges_end_ns = (int64_t)m->wall_ns;
	for (uint32_t i = 0; i < 80; i++) {
		double at_s = 0.05 + 0.0113 * i;

		scene_long(m, wait, 0.001, at_s, 0.01);
		*measurement_add_exchange(m) =
			(struct measured_exchange){.start_ns = (int64_t)SCENE_NS(at_s - 0.0001),
				.wait_ns = SCENE_NS(0.0101),
				.taken_ns = SCENE_NS(0.0101),
				.socket = i / 4,
				.connects = opens && i % 4 == 0,
				.goes_on = i % 4 == 3};
	}
	return m;
}

/* Without a look at what it watches, too. */
static void requests_of_one_connection_are_one_operation(void **state)
{
	struct gathered g;

	(void)state;
	gather(&g, loop_of_twenty(true), 0);
	assert_true(g.p->work.one_by_one);
	assert_int_equal(g.work.operations_count, 20);
	gathered_clear(&g);
	gather(&g, loop_of_twenty(false), 0); /* three on each that was open before */
	assert_int_equal(g.work.operations_count, 60);
	gathered_clear(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_loop_computes_in_its_turns_is_for_its_requests),
		cmocka_unit_test(what_it_computes_when_it_has_ended_is_not),
		cmocka_unit_test(requests_of_one_connection_are_one_operation),
	};

	return cmocka_run_group_tests_name("requests", tests, NULL, NULL);
}
