/* durations: what is added is all there, wherever it lies, and no more is kept than lies between.
 */
#include "probe/durations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka needs the above first. */
#include <cmocka.h>

#define OCTAVE BUCKETS_PER_OCTAVE

/* Every bucket once, so that room is made before, after and between. */
static void test_every_bucket_keeps_its_count(void **state)
{
	struct durations d = {0};
	struct histogram all = {0};

	(void)state;
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		unsigned int bucket = (80 + 67 * i) % HISTOGRAM_BUCKETS;

		assert_int_equal(durations_add_bucket(&d, bucket, bucket + 1), 0);
	}
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		assert_int_equal(durations_count(&d, i), i + 1);
	durations_merge(&all, &d);
	durations_merge(&all, &d);
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		assert_int_equal(all.count[i], 2 * (i + 1));
	durations_clear(&d);
	assert_int_equal(durations_count(&d, 80), 0);
}

static void test_values_lie_in_their_buckets(void **state)
{
	struct durations d = {0};

	(void)state;
	assert_int_equal(durations_add(&d, 0, 1), 0);
	assert_int_equal(durations_add(&d, 5000000, 2), 0);
	assert_int_equal(durations_add(&d, UINT64_MAX, 3), 0);
	assert_int_equal(durations_count(&d, 0), 1);
	assert_int_equal(durations_count(&d, bucket_of(5000000)), 2);
	assert_int_equal(durations_count(&d, HISTOGRAM_BUCKETS - 1), 3);
	durations_clear(&d);
}

static void test_no_more_is_kept_than_lies_between(void **state)
{
	struct durations d = {0};

	(void)state;
	durations_add_bucket(&d, 40, 0);
	assert_int_equal(d.buckets, 0);
	durations_add_bucket(&d, 1 + 10 * OCTAVE, 1);
	assert_int_equal(d.buckets, OCTAVE);
	durations_add_bucket(&d, 1 + 11 * OCTAVE - 1, 1);
	assert_int_equal(d.buckets, OCTAVE);
	durations_add_bucket(&d, 1 + 8 * OCTAVE, 1);
	assert_int_equal(d.buckets, 3 * OCTAVE);
	durations_clear(&d);
}

static void test_a_full_bucket_stays_full(void **state)
{
	struct durations d = {0};

	(void)state;
	durations_add_bucket(&d, 7, UINT32_MAX);
	durations_add_bucket(&d, 7, 2);
	assert_int_equal(durations_count(&d, 7), UINT32_MAX);
	durations_clear(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_bucket_keeps_its_count),
		cmocka_unit_test(test_values_lie_in_their_buckets),
		cmocka_unit_test(test_no_more_is_kept_than_lies_between),
		cmocka_unit_test(test_a_full_bucket_stays_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
