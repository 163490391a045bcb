/* What a kernel lacks: of made-up ones that lack one part each, and of this one. */
#include "probe/kernel.h"

#include <bpf/btf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CAPABLE (1ULL << 38 | 1ULL << 39) /* cap_perfmon, cap_bpf */
#define CAP_SYS_ADMIN_BIT (1ULL << 21)
#define NOTHING (-1)

static void struct_add(struct btf *b, const char *name, const char *member, int type)
{
	btf__add_struct(b, name, 8);
	btf__add_field(b, member, type, 0, 0);
}

static void enum_add(struct btf *b, const char *name, const char *value)
{
	btf__add_enum(b, name, 4);
	btf__add_enum_value(b, "SOMETHING_ELSE", 0);
	if (value)
		btf__add_enum_value(b, value, 1);
}

/* typedef void (*btf_trace_sched_switch)(void *, bool, task, task[, unsigned int]); */
static int tracepoint_add(struct btf *b, int word, bool with_state)
{
	int proto = btf__add_func_proto(b, 0);

	for (int i = 0; i < 4 + with_state; i++)
		btf__add_func_param(b, "argument", word);
	btf__add_typedef(b, "btf_trace_sched_switch", btf__add_ptr(b, proto));
	return proto;
}

/* The types of a kernel that has all but one part. */
static struct btf *kernel_without(int part)
{
	struct btf *b = btf__new_empty();
	int word = btf__add_int(b, "unsigned int", 4, 0);
	int proto = tracepoint_add(b, word, part != KERNEL_SWITCH_STATE);

	struct_add(b, "task_struct", "sched_info", word);
	struct_add(b, "sched_info", part == KERNEL_RUN_DELAY ? "pcount" : "run_delay", word);
	enum_add(b, "bpf_map_type", part == KERNEL_RING ? NULL : "BPF_MAP_TYPE_RINGBUF");
	if (part != KERNEL_TASK_STORAGE)
		btf__add_enum_value(b, "BPF_MAP_TYPE_TASK_STORAGE", 2);
	if (part != KERNEL_ITERATOR)
		btf__add_func(b, "bpf_iter_task", BTF_FUNC_STATIC, proto);
	enum_add(b, "bpf_func_id",
		part == KERNEL_READ_OTHERS ? NULL : "BPF_FUNC_copy_from_user_task");
	return b;
}

static void each_part_that_is_missing_is_found_alone(void **state)
{
	(void)state;
	for (int part = KERNEL_SWITCH_STATE; part < KERNEL_PARTS; part++) {
		struct btf *b = kernel_without(part);

		assert_int_equal(kernel_missing_from(b, CAPABLE), 1u << part);
		btf__free(b);
	}
}

static void nothing_is_missing_where_all_is_there(void **state)
{
	struct btf *b = kernel_without(NOTHING);

	(void)state;
	assert_int_equal(kernel_missing_from(b, CAPABLE), 0);
	assert_int_equal(kernel_missing_from(b, CAP_SYS_ADMIN_BIT), 0);
	assert_null(kernel_missing_words(0));
	btf__free(b);
}

static void one_capability_of_two_is_not_enough(void **state)
{
	struct btf *b = kernel_without(NOTHING);

	(void)state;
	assert_int_equal(kernel_missing_from(b, 1ULL << 39), 1u << KERNEL_CAPABILITIES);
	assert_int_equal(kernel_missing_from(b, 1ULL << 38), 1u << KERNEL_CAPABILITIES);
	assert_int_equal(kernel_missing_from(b, 0), 1u << KERNEL_CAPABILITIES);
	btf__free(b);
}

static void without_types_only_that_is_said(void **state)
{
	char *words;

	(void)state;
	assert_int_equal(kernel_missing_from(NULL, CAPABLE), 1u << KERNEL_BTF);
	words = kernel_missing_words(1u << KERNEL_BTF);
	assert_non_null(strstr(words, "CONFIG_DEBUG_INFO_BTF"));
	assert_null(strstr(words, "5.18"));
	free(words);
}

static void a_word_for_each_part_and_privilege_before_all(void **state)
{
	char *one, *both;

	(void)state;
	for (int part = 0; part < KERNEL_PARTS; part++) {
		one = kernel_missing_words(1u << part);
		assert_non_null(one);
		assert_true(strlen(one) > 20);
		free(one);
	}
	both = kernel_missing_words(1u << KERNEL_SWITCH_STATE | 1u << KERNEL_RUN_DELAY);
	assert_non_null(strstr(both, "5.18"));
	assert_non_null(strstr(both, "; no account"));
	free(both);
	both = kernel_missing_words(1u << KERNEL_CAPABILITIES | 1u << KERNEL_BTF);
	assert_non_null(strstr(both, "cap_bpf"));
	assert_null(strstr(both, "BTF"));
	free(both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_part_that_is_missing_is_found_alone),
		cmocka_unit_test(nothing_is_missing_where_all_is_there),
		cmocka_unit_test(one_capability_of_two_is_not_enough),
		cmocka_unit_test(without_types_only_that_is_said),
		cmocka_unit_test(a_word_for_each_part_and_privilege_before_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
