/* together: CPUs side by side; its threads are joined, and what it says can be. */
#include "probe/measurement.h"
#include "probe/together.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_speeds_are_thousandths),
		cmocka_unit_test(test_one_cpu_has_nobody_beside),
	};

	return cmocka_run_group_tests_name("together", tests, NULL, NULL);
}
