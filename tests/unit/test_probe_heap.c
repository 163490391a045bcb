/* heap: what is freed goes back to the kernel. */
#include "probe/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka needs the above first. */
#include <cmocka.h>

#define BLOCKS 2048
#define BLOCK_BYTES 8192
#define MIB (1 << 20)

/* Sanitizers have a heap of their own; gcc and clang say so each in its way. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HEAP_IS_ANOTHER 1
#elif defined(__has_feature)
#define HEAP_IS_ANOTHER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define HEAP_IS_ANOTHER 0
#endif

static long resident_mib(void)
{
	FILE *from = fopen("/proc/self/statm", "r");
	long pages = 0;

	assert_non_null(from);
	assert_int_equal(fscanf(from, "%*d %ld", &pages), 1);
	fclose(from);
	return pages * sysconf(_SC_PAGESIZE) / MIB;
}

/* 16 MiB, and above them a block that stays: the heap cannot become shorter. */
static void test_holes_are_given_back(void **state)
{
	static void *blocks[BLOCKS];
	long full_mib;
	void *last;

	(void)state;
	if (HEAP_IS_ANOTHER)
		skip();
	heap_prepare();
	for (int i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(BLOCK_BYTES);
		assert_non_null(blocks[i]);
		memset(blocks[i], 1, BLOCK_BYTES);
	}
	last = malloc(BLOCK_BYTES);
	assert_non_null(last);
	for (int i = 0; i < BLOCKS; i++)
		free(blocks[i]);
	full_mib = resident_mib();
	heap_trim();
	assert_true(full_mib - resident_mib() >= 12);
	free(last);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holes_are_given_back),
	};

	return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
