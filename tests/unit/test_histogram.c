/* histogram: its scale, its counts, and the quantiles that are read back. */
#include "probe/histogram.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka needs the above first. */
#include <cmocka.h>

static void test_edges_bound_their_bucket(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		assert_int_equal(bucket_of(histogram_edge_ns(i)), i);
		assert_int_equal(bucket_of(histogram_edge_ns(i + 1) - 1), i);
	}
	assert_int_equal(histogram_edge_ns(1), 1024);
	assert_int_equal(histogram_edge_ns(2), 1280);
	assert_int_equal(histogram_edge_ns(5), 2048);
}

static void test_middle_is_within_a_ninth(void **state)
{
	(void)state;
	for (uint64_t ns = 1100; ns < UINT64_C(1) << 45; ns += 1 + ns / 7) {
		struct histogram h = {0};

		histogram_add(&h, histogram_bucket(ns), 1);

		double middle = histogram_quantile_ns(&h, 0.5);

		assert_true(fabs(middle - (double)ns) <= (double)ns / 8 + 1);
		assert_true(fabs(middle - (double)ns) <= middle / 9 + 1);
	}
}

static void test_quantile_is_the_nearest_rank(void **state)
{
	struct histogram h = {0};

	(void)state;
	histogram_add(&h, histogram_bucket(1100), 98);
	histogram_add(&h, histogram_bucket(1000000), 1);
	histogram_add(&h, histogram_bucket(100000000), 1);
	/* Rank 98 of 100 is still the short one, 99 the middle one, 100 the long one. */
	assert_true(histogram_quantile_ns(&h, 0.98) < 1300);
	assert_true(fabs(histogram_quantile_ns(&h, 0.99) - 1e6) < 1e6 / 8);
	assert_true(fabs(histogram_quantile_ns(&h, 1.0) - 1e8) < 1e8 / 8);
	assert_true(histogram_quantile_ns(&h, 1e-9) < 1300);
}

static void test_nothing_has_no_quantile(void **state)
{
	struct histogram h = {0};

	(void)state;
	assert_true(isnan(histogram_quantile_ns(&h, 0.5)));
	histogram_add(&h, histogram_bucket(5), 1);
	assert_true(isnan(histogram_quantile_ns(&h, 0)));
	assert_true(isnan(histogram_quantile_ns(&h, 1.5)));
	assert_true(isnan(histogram_quantile_ns(&h, NAN)));
}

static void test_the_last_bucket_takes_the_rest(void **state)
{
	struct histogram h = {0};

	(void)state;
	histogram_add(&h, histogram_bucket(UINT64_MAX), 3);
	assert_int_equal(h.count[HISTOGRAM_BUCKETS - 1], 3);
	assert_true(isfinite(histogram_quantile_ns(&h, 0.5)));
}

static void test_a_full_bucket_stays_full(void **state)
{
	struct histogram h = {0};

	(void)state;
	histogram_add(&h, 5, 2);
	histogram_add(&h, 5, UINT32_MAX);
	assert_int_equal(h.count[5], UINT32_MAX);
	histogram_add(&h, 9, 2);
	assert_int_equal(histogram_total(&h), (uint64_t)UINT32_MAX + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges_bound_their_bucket),
		cmocka_unit_test(test_middle_is_within_a_ninth),
		cmocka_unit_test(test_quantile_is_the_nearest_rank),
		cmocka_unit_test(test_nothing_has_no_quantile),
		cmocka_unit_test(test_the_last_bucket_takes_the_rest),
		cmocka_unit_test(test_a_full_bucket_stays_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
