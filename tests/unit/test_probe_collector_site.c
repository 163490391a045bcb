/* Where waits begin and threads compute, of the stacks that are taken of some. */
#include "collector_bench.h"

static void test_a_wait_has_the_place_at_which_it_began(void **state)
{
	struct bench *b = *state;

	start(b, 1, 100, 100, 1);
	for (unsigned int number = 1; number <= 2; number++) {
		stack(b, 1, number, 0x1000);
		site(b, 1, number, reading, OPENED, 10 * number, 4);
	}
	stack(b, 1, 3, 0x2000);
	site(b, 1, 3, reading, OPENED, 7, 1);
	assert_int_equal(b->m->waits_count, 1);
	assert_int_equal(b->m->sites_count, 2);
	assert_int_equal(b->m->sites[0].taken, 2);
	assert_int_equal(b->m->sites[0].count, 8);
	assert_int_equal(b->m->sites[0].total_ns, 4 * 10 + 4 * 20);
	assert_int_equal(b->m->sites[0].max_ns, 20);
	assert_int_equal(b->m->sites[0].lock_held, -1);
	assert_int_equal(b->m->sites[1].total_ns, 7);
	assert_true(b->m->sites[0].stack != b->m->sites[1].stack);
}

static void test_sites_differ_by_lock_and_by_what_is_held(void **state)
{
	struct bench *b = *state;
	struct wire_site e = {.h = HEAD(WIRE_SITE, 1, OPENED), .key = reading, .weight = 1};

	start(b, 1, 100, 100, 1);
	for (int held = -1; held <= 1; held++)
		for (int wanted = 0; wanted <= 1; wanted++)
			for (int holds = 0; holds <= 1; holds++) {
				e.stack++;
				stack(b, 1, e.stack, 0x1000);
				e.lock_held = (signed char)held;
				e.lock_wanted = (unsigned char)wanted;
				e.holds = holds ? 0x5000 : 0;
				TAKE(b, e);
			}
	assert_int_equal(b->m->sites_count, 12);
	for (size_t i = 0; i < 12; i++) {
		assert_int_equal(b->m->sites[i].lock_held, (int)(i / 4) - 1);
		assert_int_equal(b->m->sites[i].lock_wanted, i / 2 % 2);
		assert_int_equal(b->m->sites[i].holds, i % 2 ? 0x5000 : 0);
	}
}

/* Many waits at many places: none of them may land with another. */
static void test_every_wait_has_its_own_places(void **state)
{
	enum { WAITS = 40, PLACES = 50 };
	struct bench *b = *state;
	unsigned int number = 0;

	start(b, 1, 100, 100, 1);
	for (unsigned long w = 0; w < WAITS; w++)
		for (unsigned long place = 1; place <= PLACES; place++) {
			const struct wire_wait_key key = {.syscall = SYS_FUTEX,
				.run_state = 1,
				.futex_address = 0x1000 + 8 * w};

			stack(b, 1, ++number, place << 12);
			site(b, 1, number, key, OPENED, 1000 * w + place, 1);
		}
	assert_int_equal(b->m->sites_count, WAITS * PLACES);
	for (size_t i = 0; i < b->m->sites_count; i++) {
		const struct measured_site *s = &b->m->sites[i];

		assert_int_equal(s->taken, 1);
		assert_int_equal(
			s->max_ns / 1000, (b->m->waits[s->wait].futex_address - 0x1000) / 8);
	}
}

static void test_places_go_with_the_row_that_shares_futex_words(void **state)
{
	struct bench *b = *state;
	uint64_t count = 0;

	start(b, 1, 100, 100, 1);
	for (unsigned int i = 1; i <= 200; i++) {
		const struct wire_wait_key key = {
			.syscall = SYS_FUTEX, .run_state = 1, .futex_address = 0x1000 + 8 * i};

		stack(b, 1, i, 0x1000);
		waits(b, 1, key, 1, 7);
		site(b, 1, i, key, OPENED, 7, 1);
	}
	assert_true(b->m->waits_count <= 129);
	assert_int_equal(b->m->sites_count, b->m->waits_count);
	for (size_t i = 0; i < b->m->sites_count; i++) {
		const struct measured_site *s = &b->m->sites[i];

		assert_int_equal(s->count, b->m->waits[s->wait].count);
		count += s->count;
	}
	assert_int_equal(count, 200);
}

/* Between a wait's begin and what tells of its end, the thread is sampled. */
static void test_samples_do_not_take_a_waits_place_away(void **state)
{
	struct bench *b = *state;

	start(b, 1, 100, 100, 1);
	stack(b, 1, 1, 0x1000);
	for (unsigned int number = 2; number < 100; number++) {
		stack(b, 1, number, 0x2000);
		sample(b, 1, number, OPENED, 1, -1);
	}
	site(b, 1, 1, reading, OPENED, 5, 1);
	site(b, 1, 50, reading, OPENED, 5, 1);
	assert_int_equal(b->m->sites_count, 1);
	assert_int_equal(b->m->sites[0].taken, 1);
	assert_int_equal(b->m->samples_count, 1);
	assert_int_equal(b->m->samples[0].count, 98);
	assert_true(b->m->samples[0].stack != b->m->sites[0].stack);
}

static uint64_t samples_of(const struct measurement *m, bool with_stack)
{
	uint64_t count = 0;

	for (size_t i = 0; i < m->samples_count; i++)
		if ((m->samples[i].stack != MEASURED_NONE) == with_stack)
			count += m->samples[i].count;
	return count;
}

static void test_samples_add_up_whatever_stands_for_them(void **state)
{
	struct bench *b = *state;
	struct wire_sample kernel = {
		.h = HEAD(WIRE_SAMPLE, 1, OPENED), .syscall = -1, .kernel = 1, .lock_held = -1};

	start(b, 1, 100, 100, 1);
	TAKE(b, kernel);
	for (int i = 0; i < 5; i++)
		sample(b, 1, 0, OPENED, 0, -1);
	stack(b, 1, 1, 0x1000);
	sample(b, 1, 1, OPENED, 4, -1); /* for itself and three more */
	assert_int_equal(samples_of(b->m, true), 4);
	assert_int_equal(samples_of(b->m, false), 3);
	stack(b, 1, 2, 0x2000);
	sample(b, 1, 2, OPENED, 4, -1); /* there are but two that it could stand for */
	assert_int_equal(samples_of(b->m, true), 7);
	assert_int_equal(samples_of(b->m, false), 1);
	assert_int_equal(collector_finish(b->c, OPENED, OPENED + SECOND), 0);
	/* The one in the kernel, which nothing stands for, and the two places. */
	assert_int_equal(b->m->samples_count, 3);
	assert_int_equal(b->m->samples[0].kernel, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_wait_has_the_place_at_which_it_began),
		CASE(test_sites_differ_by_lock_and_by_what_is_held),
		CASE(test_every_wait_has_its_own_places),
		CASE(test_places_go_with_the_row_that_shares_futex_words),
		CASE(test_samples_do_not_take_a_waits_place_away),
		CASE(test_samples_add_up_whatever_stands_for_them),
	};

	return cmocka_run_group_tests_name("collector_site", tests, NULL, NULL);
}
