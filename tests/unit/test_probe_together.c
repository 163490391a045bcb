/* together: CPUs side by side; its threads are joined, and what it says can be. */
#include "probe/together.c" /* for its pieces of work */

#include "probe/measurement.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
/* cmocka needs the above first. */
#include <cmocka.h>

static void test_speeds_are_thousandths(void **state)
{
	struct measured_host h = {
		.cpus_allowed = (int)sysconf(_SC_NPROCESSORS_ONLN), .cpu_quota = NAN};

	(void)state;
	together_measure(&h);
	assert_in_range(h.compute_together, h.cpus_allowed > 1, 1000);
	assert_in_range(h.memory_together, h.cpus_allowed > 1, 1000);
}

static void test_one_cpu_has_nobody_beside(void **state)
{
	struct measured_host h = {.cpus_allowed = 64, .cpu_quota = 0.5};

	(void)state;
	together_measure(&h);
	assert_int_equal(h.compute_together, 0);
	assert_int_equal(h.memory_together, 0);
}

#define ONE_ROUND \
	(3 * (1 + PIECES)) /* pieces of one alone and of two, the first of each to warm up */

static atomic_int pieces;
static int disturbed_until;

/* What is done by two takes three times as long, for so many pieces. */
static void disturbed_piece(void *memory)
{
	int piece = atomic_fetch_add(&pieces, 1);
	bool by_two = piece % ONE_ROUND > PIECES;

	for (int i = 0; i < (by_two && piece < disturbed_until ? 3 : 1); i++)
		piece_compute(memory);
}

static int pieces_done(int until)
{
	int cpus[] = {0, 0};

	if (own_cpu_list(cpus, 2) < 2)
		skip();
	atomic_store(&pieces, 0);
	disturbed_until = until;
	assert_true(speed_find(cpus, 2, disturbed_piece) > 0);
	return atomic_load(&pieces);
}

static void test_disturbed_cpus_are_tried_again(void **state)
{
	int most = rounds_most();

	(void)state;
	assert_int_equal(pieces_done(INT_MAX), most * ONE_ROUND);
	assert_true(pieces_done(ONE_ROUND) >= (most > 1 ? 2 : 1) * ONE_ROUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_speeds_are_thousandths),
		cmocka_unit_test(test_one_cpu_has_nobody_beside),
		cmocka_unit_test(test_disturbed_cpus_are_tried_again),
	};

	return cmocka_run_group_tests_name("together", tests, NULL, NULL);
}
