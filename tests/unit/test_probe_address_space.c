/*
 * Address spaces against the plainest model: for each page, the latest that was mapped there.
 */
#include "probe/address_space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define PAGES 200

struct page {
	uint64_t at_ns, bias;
	struct module *module;
	bool mapped;
};

static void model_put(struct page *pages, const struct address_range *r)
{
	for (uint64_t p = r->start; p < r->end; p++)
		if (!pages[p].mapped || pages[p].at_ns <= r->at_ns)
			pages[p] = (struct page){r->at_ns, r->bias, r->module, true};
}

static void model_compare(const struct page *pages, const struct address_space *s)
{
	for (uint64_t p = 0; p < PAGES; p++) {
		const struct address_range *r = address_space_find(s, p);

		assert_int_equal(pages[p].mapped, r != NULL);
		if (r) {
			assert_ptr_equal(pages[p].module, r->module);
			assert_true(!r->module || pages[p].bias == r->bias);
		}
	}
	for (size_t i = 1; i < s->count; i++)
		assert_true(s->ranges[i - 1].end <= s->ranges[i].start);
}

static void test_address_space(void **state)
{
	(void)state;
	srand(1);
	for (int round = 0; round < 300; round++) {
		struct address_space *s = address_space_new(0);
		struct page pages[PAGES] = {0};

		for (int n = 0; n < 60; n++) {
			uint64_t start = rand() % (PAGES - 1);
			struct address_range r = {
				.start = start,
				.end = start + rand() % (PAGES - start) / (1 + rand() % 8),
				.at_ns = 1 + n + (rand() % 4 ? 0 : rand() % 20),
				.bias = rand() % 3,
				/* Never looked into. Generated code is joined, and takes the later
				 * time for all of it: so it only comes in order here. */
				.module = (struct module *)(uintptr_t)(1 + rand() % 3),
			};

			if (rand() % 5 == 0) {
				r.module = NULL;
				r.at_ns = 1000 + n;
			}
			assert_int_equal(address_space_put(s, &r), 0);
			model_put(pages, &r);
			model_compare(pages, s);
		}
		address_space_release(s);
	}
}

/* Code that a runtime makes piece by piece takes up one range. */
static void test_generated_grows(void **state)
{
	struct address_space *s = address_space_new(0);

	(void)state;
	for (uint64_t n = 0; n < 10000; n++) {
		const struct address_range r = {.start = n, .end = n + 1, .at_ns = n};

		assert_int_equal(address_space_put(s, &r), 0);
	}
	assert_int_equal(s->count, 1);
	assert_non_null(address_space_find(s, 9999));
	assert_null(address_space_find(s, 10000));
	address_space_release(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address_space),
		cmocka_unit_test(test_generated_grows),
	};

	return cmocka_run_group_tests_name("address_space", tests, NULL, NULL);
}
