/* Linkers' names and what they were written as. */
#include "probe/demangle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_names(void **state)
{
	static const struct {
		const char *linked, *written, *language;
	} names[] = {
		{"main", "main", NULL},
		{"memcpy@@GLIBC_2.14", "memcpy", NULL},
		{"pthread_create@GLIBC_2.34", "pthread_create", NULL},
		{"work.constprop.0", "work", NULL},
		{"work.isra.0.part.1", "work", NULL},
		{"work.part.0.cold", "work", NULL},
		{"work.cold.12", "work", NULL},
		{"turn.0", "turn", NULL},
		{"work.lto_priv.0", "work", NULL},
		{"work.__uniq.123456", "work", NULL},
		{"work.llvm.4051", "work", NULL},
		{"main._omp_fn.3", "main._omp_fn", NULL},
		{"a.partly", "a.partly", NULL},
		{"@", "@", NULL},
		{"", "", NULL},
		{"_Zebra", "_Zebra", NULL},
		{"_Z4worki", "work", "c++"},
		{"_ZN4shop6basketIiE5totalEv", "shop::basket<int>::total", "c++"},
		{"_ZNK4shop6basketIiE5totalEv.cold", "shop::basket<int>::total", "c++"},
		{"_ZN12_GLOBAL__N_14workEv", "(anonymous namespace)::work", "c++"},
		{"_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()", "c++"},
		{"_ZZ4workvE4once", "work()::once", "c++"},
		{"_ZN4shop6basketIiEC2Ei", "shop::basket<int>::basket", "c++"},
		{"_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write", "rust"},
		{"_ZN4demo4LOCK17h1f2e3d4c5b6a7988E.llvm.77", "demo::LOCK", "rust"},
		{"_ZN4core3ptr22drop_in_place$LT$T$GT$17h0123456789abcdefE",
			"core::ptr::drop_in_place<T>", "rust"},
		{"_RNvCs1234_7mycrate3foo", "mycrate::foo", "rust"},
		{"_RINvNtC3std3mem8align_ofjE", "std::mem::align_of::<usize>", "rust"},
		{"_D4main3fooFiZv", "main.foo(int)", "d"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *language;
		char *written = demangle(names[i].linked, &language);

		assert_string_equal(written, names[i].written);
		assert_string_equal(
			language ? language : "", names[i].language ? names[i].language : "");
		free(written);
	}
}

/* Anybody may write anything into a file's symbols. */
static void test_nonsense(void **state)
{
	static const char *const begin[] = {"_Z", "_R", "_ZN", "_D", "_ZSt", "_RINv"};
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		static const char letters[] = "SIT_0123456789EiNKZLRvPUlCBsuXDp$.";
		char name[64];
		const char *language;
		size_t at;

		strcpy(name, begin[round % 6]);
		for (at = strlen(name); at < sizeof(name) - 1 - round % 40; at++)
			name[at] = letters[rand_r(&seed) % (sizeof(letters) - 1)];
		name[at] = '\0';
		free(demangle(name, &language));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
