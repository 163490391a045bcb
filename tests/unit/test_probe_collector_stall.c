/* What stalls an event loop, of the ends of its polls and what comes between. */
#include "collector_bench.h"

/* A wait for several files that began at at_ns, after a stretch. */
static void poll_ends(struct bench *b, uint64_t at_ns, uint64_t stretch_ns, uint64_t waits_ns)
{
	struct wire_segment s = {.h = HEAD(WIRE_SEGMENT, 1, at_ns),
		.key = polling,
		.wait_ns = 2 * MS,
		.stretch = {stretch_ns, waits_ns, stretch_ns / 100}};

	TAKE(b, s);
}

static void test_a_stall_is_what_was_between_two_polls(void **state)
{
	struct bench *b = *state;
	uint64_t from = OPENED + SECOND, at;
	const struct measured_stall *s;
	unsigned int number = 0;

	start(b, 1, 100, 100, 1);
	/* Before it, in it, and after it, of which the last come before its end is told. */
	for (at = from - 49 * MS; at < from + 150 * MS; at += 2 * MS) {
		bool inside = at >= from && at < from + 100 * MS;

		stack(b, 1, ++number, inside ? 0x1000 : 0x2000);
		sample(b, 1, number, at, 1, inside ? -1 : SYS_EPOLL_WAIT);
	}
	stack(b, 1, 1001, 0x3000);
	site(b, 1, 1001, reading, from + 10 * MS, 20 * MS, 1);
	stack(b, 1, 1002, 0x4000);
	site(b, 1, 1002, reading, from + 40 * MS, 5 * MS, 1);
	poll_ends(b, from + 100 * MS, 100 * MS, 25 * MS);
	assert_int_equal(b->m->stalls_count, 1);
	s = &b->m->stalls[0];
	assert_int_equal(s->start_ns, from);
	assert_int_equal(s->length_ns, 100 * MS);
	assert_int_equal(s->waits_ns, 25 * MS);
	assert_int_equal(s->run_queue_ns, MS);
	assert_int_equal(s->samples, 50);
	assert_int_equal(s->stack_samples, 50);
	assert_int_equal(s->stretch_ns, 100 * MS);
	assert_int_equal(s->wait_ns, 20 * MS);
	assert_string_equal(b->m->waits[s->wait].syscall, "read");
	assert_int_equal(s->wait_stack, b->m->sites[0].stack);
	/* Of the next stretch there are samples already, all of which met it in polls. */
	poll_ends(b, from + 150 * MS, 50 * MS, 0);
	assert_int_equal(b->m->stalls_count, 1);
}

/* It computed for 40 ms, looked, found events at once, and went to sleep a little later. */
static void test_a_stall_ends_when_it_looks(void **state)
{
	struct bench *b = *state;
	const struct measured_stall *s;
	unsigned int number = 0;

	start(b, 1, 100, 100, 1);
	for (uint64_t at = OPENED + MS; at < OPENED + 42 * MS; at += 2 * MS) {
		bool looks = at > OPENED + 40 * MS;

		stack(b, 1, ++number, 0x1000);
		sample(b, 1, number, at, 1, looks ? SYS_EPOLL_WAIT : -1);
	}
	segment(b, 1, OPENED + 41 * MS + MS / 2, 2 * MS);
	poll_ends(b, OPENED + 44 * MS, 44 * MS, 3 * MS);
	assert_int_equal(b->m->stalls_count, 1);
	s = &b->m->stalls[0];
	assert_int_equal(s->start_ns, OPENED);
	assert_int_equal(s->length_ns, 41 * MS);
	assert_int_equal(s->stretch_ns, 44 * MS);
	assert_int_equal(s->waits_ns, 0);
	assert_int_equal(s->samples, 20);
	assert_true(s->wait == MEASURED_NONE);
	assert_true(s->wait_stack == MEASURED_NONE);
	assert_int_equal(b->m->segments[b->m->segments_count - 1].stretch_gap_ns, 41 * MS);
}

/* It looked, found events at once, and went on: no wait tells of it. */
static void test_a_look_that_returned_at_once_ends_a_stall(void **state)
{
	struct bench *b = *state;
	struct wire_round r = {
		.h = HEAD(WIRE_ROUND, 1, OPENED + 50 * MS), .stretch = {50 * MS, 20 * MS, MS}};
	struct wire_loop l = {.h = HEAD(WIRE_LOOP, 1, OPENED + SECOND),
		.stretches = 1,
		.stretch_ns = 50 * MS,
		.stretch_max_ns = 50 * MS,
		.at_once = 1,
		.at_once_max_ns = 50 * MS,
		.at_once_computed_max_ns = 29 * MS};
	const struct measured_loop *loop;

	start(b, 1, 100, 100, 1);
	stack(b, 1, 1, 0x1000);
	sample(b, 1, 1, OPENED + 10 * MS, 1, -1);
	TAKE(b, r);
	/* What it waited for in it is told of when it leaves the CPU, as late as that. */
	stack(b, 1, 2, 0x4000);
	site(b, 1, 2, reading, OPENED + 20 * MS, 20 * MS, 1);
	TAKE(b, l);
	assert_int_equal(collector_finish(b->c, 0, OPENED + 2 * SECOND), 0);
	assert_int_equal(b->m->segments_count, 0);
	assert_int_equal(b->m->stalls_count, 1);
	assert_string_equal(b->m->waits[b->m->stalls[0].wait].syscall, "read");
	assert_int_equal(b->m->stalls[0].wait_ns, 20 * MS);
	assert_int_equal(b->m->stalls[0].wait_stack, b->m->sites[0].stack);
	assert_int_equal(b->m->stalls[0].start_ns, OPENED);
	assert_int_equal(b->m->stalls[0].length_ns, 50 * MS);
	assert_int_equal(b->m->stalls[0].waits_ns, 20 * MS);
	assert_int_equal(b->m->stalls[0].samples, 1);
	loop = &b->m->threads[0].loop;
	assert_int_equal(durations_count(&loop->durations, bucket_of(50 * MS)), 1);
	assert_int_equal(loop->at_once, 1);
	assert_int_equal(loop->at_once_max_ns, 50 * MS);
	assert_int_equal(loop->at_once_computed_max_ns, 29 * MS);
}

/* However many of them come before the thread leaves the CPU. */
static void test_none_of_many_looks_is_lost(void **state)
{
	struct bench *b = *state;

	start(b, 1, 100, 100, 1);
	for (uint64_t i = 0; i < 30; i++) {
		struct wire_round r = {.h = HEAD(WIRE_ROUND, 1, OPENED + (i + 1) * 100 * MS),
			.stretch = {20 * MS + i, 0, 0}};

		TAKE(b, r);
	}
	assert_int_equal(collector_finish(b->c, OPENED, OPENED + 4 * SECOND), 0);
	assert_int_equal(b->m->stalls_count, 30);
	for (size_t i = 0; i < 30; i++)
		assert_int_equal(b->m->stalls[i].length_ns, 20 * MS + i);
}

/* A thread that works for long without a look may be a loop that finds events at once. */
static void test_who_works_without_a_look_for_long_is_restless(void **state)
{
	struct bench *b = *state;
	struct wire_sample s = {.h = HEAD(WIRE_SAMPLE, 2, OPENED), .syscall = -1, .lock_held = -1};

	start(b, 1, 100, 100, 1);
	start(b, 2, 200, 200, 1);
	TAKE(b, s);
	assert_false(collector_is_restless(b->c, 1));
	s.restless = 1;
	TAKE(b, s);
	assert_true(collector_is_restless(b->c, 1));
	assert_false(collector_is_restless(b->c, 0));
}

/* A wait is told of twice: as a segment, and if it was taken with its place. */
static void test_the_longest_wait_of_a_stall_has_its_place_in_either_order(void **state)
{
	struct bench *b = *state;

	start(b, 1, 100, 100, 1);
	for (int place_first = 0; place_first <= 1; place_first++) {
		uint64_t from = OPENED + (uint64_t)place_first * SECOND;

		stack(b, 1, 1, 0x1000);
		if (!place_first)
			segment(b, 1, from + 5 * MS, 30 * MS);
		site(b, 1, 1, reading, from + 5 * MS, 30 * MS, 1);
		if (place_first)
			segment(b, 1, from + 5 * MS, 30 * MS);
		segment(b, 1, from + 40 * MS, 10 * MS); /* shorter, and its place was not taken */
		poll_ends(b, from + 60 * MS, 60 * MS, 40 * MS);
		assert_int_equal(b->m->stalls[place_first].wait_ns, 30 * MS);
		assert_int_equal(b->m->stalls[place_first].wait_stack, b->m->sites[0].stack);
	}
	segment(b, 1, OPENED + 2 * SECOND, 30 * MS);
	poll_ends(b, OPENED + 2 * SECOND + 60 * MS, 60 * MS, 30 * MS);
	assert_int_equal(b->m->stalls[2].wait_ns, 30 * MS);
	assert_true(b->m->stalls[2].wait_stack == MEASURED_NONE);
}

static void test_short_stretches_are_no_stalls(void **state)
{
	struct bench *b = *state;

	start(b, 1, 100, 100, 1);
	poll_ends(b, OPENED + SECOND, 10 * MS - 1, 0);
	poll_ends(b, OPENED + 2 * SECOND, 0, 0);
	assert_int_equal(b->m->stalls_count, 0);
	poll_ends(b, OPENED + 3 * SECOND, 10 * MS, 0);
	assert_int_equal(b->m->stalls_count, 1);
	assert_true(b->m->stalls[0].stack == MEASURED_NONE);
}

static void test_stalls_are_bounded_and_the_longest_stay(void **state)
{
	struct bench *b = *state;

	start(b, 1, 100, 100, 1);
	for (uint64_t i = 0; i < 20000; i++) {
		uint64_t length = i % 40 == 0 ? 500 * MS : 10 * MS + i;

		poll_ends(b, OPENED + (i + 1) * SECOND, length, 0);
		assert_true(b->m->stalls_count <= 2000);
	}
	assert_int_equal(collector_finish(b->c, OPENED, OPENED + 20001 * SECOND), 0);
	assert_int_equal(b->m->stalls_count, 1000);
	for (size_t i = 0, longest = 0; i < 1000; i++) {
		longest += b->m->stalls[i].length_ns == 500 * MS;
		assert_true(i == 0 || b->m->stalls[i].start_ns > b->m->stalls[i - 1].start_ns);
		if (i == 999)
			assert_int_equal(longest, 500);
	}
	/* It began half a second before the first poll, which was a second after the window. */
	assert_int_equal(b->m->stalls[0].start_ns, SECOND / 2);
}

static void test_samples_of_a_long_stretch_are_thinned_evenly(void **state)
{
	struct bench *b = *state;
	const struct measured_stall *s;

	start(b, 1, 100, 100, 1);
	/* Three fifths of it at one place, then the rest at another. */
	for (unsigned int i = 1; i <= 20000; i++) {
		stack(b, 1, i, i <= 12000 ? 0x1000 : 0x2000);
		sample(b, 1, i, OPENED + i * MS, 1, -1);
	}
	poll_ends(b, OPENED + 20000 * MS, 20000 * MS, 0);
	s = &b->m->stalls[0];
	assert_in_range(s->samples, 512, 1024);
	assert_int_equal(s->stack, b->m->samples[0].stack);
	assert_in_range(1000 * s->stack_samples / s->samples, 590, 610);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_stall_is_what_was_between_two_polls),
		CASE(test_a_stall_ends_when_it_looks),
		CASE(test_the_longest_wait_of_a_stall_has_its_place_in_either_order),
		CASE(test_a_look_that_returned_at_once_ends_a_stall),
		CASE(test_none_of_many_looks_is_lost),
		CASE(test_who_works_without_a_look_for_long_is_restless),
		CASE(test_short_stretches_are_no_stalls),
		CASE(test_stalls_are_bounded_and_the_longest_stay),
		CASE(test_samples_of_a_long_stretch_are_thinned_evenly),
	};

	return cmocka_run_group_tests_name("collector_stall", tests, NULL, NULL);
}
