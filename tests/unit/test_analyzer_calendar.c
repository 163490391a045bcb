/* The calendar of the simulation: what is added in any order comes in that of time. */
#include "analyzer/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void add(struct calendar *c, double at, uint32_t who)
{
	assert_int_equal(calendar_add(c, (struct appointment){at, who, 0}), 0);
}

static uint32_t take(struct calendar *c)
{
	const struct appointment *a = calendar_next(c);
	uint32_t who;

	assert_non_null(a);
	who = a->who;
	calendar_drop_next(c);
	return who;
}

static void the_earliest_comes_first(void **state)
{
	struct calendar c = {0};

	(void)state;
	assert_null(calendar_next(&c));
	calendar_drop_next(&c);
	add(&c, 3, 30);
	add(&c, 1, 10);
	add(&c, 4, 40);
	add(&c, 2, 20);
	assert_int_equal(take(&c), 10);
	add(&c, 0.5, 5);
	add(&c, 3.5, 35);
	assert_int_equal(take(&c), 5);
	assert_int_equal(take(&c), 20);
	assert_int_equal(take(&c), 30);
	assert_int_equal(take(&c), 35);
	assert_int_equal(take(&c), 40);
	assert_null(calendar_next(&c));
	calendar_clear(&c);
}

/* Far more than it first has room for, in an order of no order. */
static void many_come_in_order(void **state)
{
	struct calendar c = {0};
	bool taken[10007] = {false};
	double last = -1;

	(void)state;
	for (uint32_t i = 0; i < 10007; i++) /* 10007 is a prime: each instant once */
		add(&c, (double)((uint64_t)i * 4871 % 10007), i);
	assert_int_equal(c.count, 10007);
	for (uint32_t i = 0; i < 10007; i++) {
		const struct appointment *a = calendar_next(&c);

		assert_true(a->at > last);
		assert_false(taken[a->who]);
		last = a->at;
		taken[take(&c)] = true;
	}
	assert_null(calendar_next(&c));
	calendar_clear(&c);
	assert_null(c.entries);
	assert_int_equal(c.room, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_earliest_comes_first),
		cmocka_unit_test(many_come_in_order),
	};

	return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
