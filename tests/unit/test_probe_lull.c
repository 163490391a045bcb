/* lull: which lengths are timed, and that what is timed is what a colder cache costs. */
#include "probe/code_line.h"
#include "probe/lull.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* cmocka needs the above first. */
#include <cmocka.h>

static struct measurement *waiting(size_t waits, uint64_t wait_ns)
{
	struct measurement *m = measurement_new();

	assert_non_null(m);
	m->wall_ns = 100 * NS_PER_MS;
	for (size_t i = 0; i < waits; i++)
		measurement_add_segment(m)->wait_ns = wait_ns;
	return m;
}

static void lulls_are_timed(uint64_t wait_ns, size_t lengths)
{
	struct measurement *m = waiting(WAITS_LEAST, wait_ns);

	lull_measure(m);
	assert_int_equal(m->lulls_count, lengths);
	for (size_t i = 0; i < m->lulls_count; i++) {
		assert_int_equal(m->lulls[i].idle_ns, lengths_ns[i]);
		/* Each line from memory would take 0.1 us or so. */
		assert_in_range(m->lulls[i].extra_ns, 0, 50 * NS_PER_MS);
	}
	measurement_free(m);
}

static void test_as_long_as_it_waited(void **state)
{
	(void)state;
	lulls_are_timed(5 * NS_PER_MS, 1);
	lulls_are_timed(50 * NS_PER_MS, 2);
}

static void test_who_waits_hardly_is_not_kept_waiting(void **state)
{
	struct measurement *few = waiting(WAITS_LEAST - 1, 5 * NS_PER_MS);

	(void)state;
	lull_measure(few);
	assert_int_equal(few->lulls_count, 0);
	measurement_free(few);
}

static void plan_is(uint64_t wall_ms, const size_t *rounds, size_t lengths)
{
	struct measurement *m = waiting(0, 0);
	struct plan plan;

	m->wall_ns = wall_ms * (uint64_t)NS_PER_MS;
	plan = plan_of_use(m, lengths);
	assert_memory_equal(plan.rounds, rounds, lengths * sizeof(*rounds));
	for (size_t i = lengths; i < LENGTHS; i++)
		assert_int_equal(plan.rounds[i], 0);
	measurement_free(m);
}

static void test_rounds_take_a_share_of_the_window(void **state)
{
	const size_t hour_ms = 3600 * 1000;

	(void)state;
	plan_is(0, (const size_t[]){1, 1}, LENGTHS);
	plan_is(800, (const size_t[]){3, 1}, LENGTHS);
	plan_is(hour_ms, (const size_t[]){6, 2}, LENGTHS);
	plan_is(hour_ms, (const size_t[]){ROUNDS_MOST}, 1);
}

/* Reading what is in no cache takes longer: the ring is long enough to tell, and in no order. With
 * ThreadSanitizer each read takes longer than any cache. */
static void test_it_tells_cold_from_warm(void **state)
{
	const size_t flush_bytes = 64 << 20;
	struct cache_line *ring = cache_ring_new();
	char *flush = malloc(flush_bytes);
	int64_t warm_ns = INT64_MAX;

	(void)state;
	assert_non_null(ring);
	assert_non_null(flush);
	for (int i = 0; i < 5; i++) {
		int64_t ns = cache_ring_read_ns(ring);

		warm_ns = ns < warm_ns ? ns : warm_ns;
	}
	memset(flush, 1, flush_bytes);
#ifndef __SANITIZE_THREAD__
	assert_true(cache_ring_read_ns(ring) > 2 * warm_ns);
#endif
	free(flush);
	cache_ring_free(ring);
}

static void test_the_ring_goes_through_every_line(void **state)
{
	struct cache_line *ring = cache_ring_new();
	const struct cache_line *at = ring;
	size_t lines = 0;

	(void)state;
	do {
		at = at->next;
		lines++;
	} while (at != ring && lines <= CACHE_RING_LINES);
	assert_int_equal(lines, CACHE_RING_LINES);
	cache_ring_free(ring);
}

/* Were two of them one, as compilers like to make them, the code would hardly fill a cache. */
static void test_each_line_of_code_is_one_of_the_caches(void **state)
{
	(void)state;
	for (size_t i = 0; i < CODE_LINES; i++) {
		assert_int_equal((uintptr_t)code_lines[i] % CACHE_LINE_BYTES, 0);
		if (i > 0)
			assert_ptr_not_equal(code_lines[i], code_lines[i - 1]);
	}
}

/* Every other lull costs a hundred times as much: a program pays for all of them. */
static void test_the_mean_counts(void **state)
{
	struct sleeper two[] = {{.samples = {4}, .extra_ns = {{0, 900, 0, 900}}},
		{.samples = {2}, .extra_ns = {{0, 900}}}};

	(void)state;
	assert_int_equal(cost_ns(two, 2, 0), 450);
	two[0].samples[0] = two[1].samples[0] = 0;
	assert_int_equal(cost_ns(two, 2, 0), 0);
}

/* A CPU that was taken away for milliseconds tells nothing of caches. */
static void test_a_tenth_at_either_end_does_not(void **state)
{
	struct sleeper two[] = {{.samples = {5}, .extra_ns = {{20, 20, 20, 20, 9000}}},
		{.samples = {5}, .extra_ns = {{-3000, 20, 20, 20, 20}}}};

	(void)state;
	assert_int_equal(cost_ns(two, 2, 0), 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_long_as_it_waited),
		cmocka_unit_test(test_who_waits_hardly_is_not_kept_waiting),
		cmocka_unit_test(test_rounds_take_a_share_of_the_window),
		cmocka_unit_test(test_it_tells_cold_from_warm),
		cmocka_unit_test(test_the_ring_goes_through_every_line),
		cmocka_unit_test(test_each_line_of_code_is_one_of_the_caches),
		cmocka_unit_test(test_the_mean_counts),
		cmocka_unit_test(test_a_tenth_at_either_end_does_not),
	};

	return cmocka_run_group_tests_name("lull", tests, NULL, NULL);
}
