/* What is copied of a kernel's types: against libbpf's own reading of them, of made-up ones and of
 * this kernel's. */
#include "probe/kernel_types.h"

#include <bpf/btf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static const struct btf_type *struct_of(const struct btf *b, const char *name)
{
	int id = btf__find_by_name_kind(b, name, BTF_KIND_STRUCT);

	return id > 0 ? btf__type_by_id(b, id) : NULL;
}

/* What a program that looks into these structures would come with. */
static struct btf *wanted_of(const char *const *names, size_t count)
{
	struct btf *wanted = btf__new_empty();

	for (size_t i = 0; i < count; i++)
		btf__add_struct(wanted, names[i], 0);
	return wanted;
}

static struct btf *copy_read(int fd)
{
	char path[64];
	struct btf *copy;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	copy = btf__parse(path, NULL);
	assert_non_null(copy);
	close(fd);
	return copy;
}

static int file_new(void)
{
	int fd = memfd_create("types", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void assert_same_members(const struct btf *a, const struct btf *b, const char *name)
{
	const struct btf_type *x = struct_of(a, name), *y = struct_of(b, name);

	assert_non_null(x);
	assert_non_null(y);
	assert_int_equal(x->size, y->size);
	assert_int_equal(btf_vlen(x), btf_vlen(y));
	for (int i = 0; i < btf_vlen(x); i++) {
		const struct btf_member *m = &btf_members(x)[i], *n = &btf_members(y)[i];

		assert_string_equal(
			btf__name_by_offset(a, m->name_off), btf__name_by_offset(b, n->name_off));
		assert_int_equal(btf_member_bit_offset(x, i), btf_member_bit_offset(y, i));
		assert_int_equal(btf_member_bitfield_size(x, i), btf_member_bitfield_size(y, i));
		assert_int_equal(btf__resolve_size(a, m->type), btf__resolve_size(b, n->type));
	}
}

/* A structure with a bit field, a pointer to itself, an array, and others inside it. */
static struct btf *kernel_made_up(void)
{
	struct btf *b = btf__new_empty();
	int word = btf__add_int(b, "unsigned int", 4, 0), names = btf__add_array(b, word, word, 3);
	int inner = btf__add_struct(b, "inner", 8), other, nameless, pointer;

	btf__add_field(b, "low", word, 0, 0);
	btf__add_field(b, "high", word, 32, 0);
	other = btf__add_struct(b, "other", 4);
	btf__add_field(b, "hidden", word, 0, 0);
	nameless = btf__add_union(b, NULL, 4);
	btf__add_field(b, "deep", word, 0, 0);
	inner = btf__add_typedef(b, "inner_t", btf__add_const(b, inner) ? inner : 0);
	pointer = btf__add_ptr(b, (int)btf__type_cnt(b) + 1); /* to what comes next */
	btf__add_struct(b, "task", 48);
	btf__add_field(b, "flag", word, 0, 1);
	btf__add_field(b, "other", other, 32, 0);
	btf__add_field(b, "next", pointer, 64, 0);
	btf__add_field(b, "inner", inner, 128, 0);
	btf__add_field(b, "", nameless, 192, 0);
	btf__add_field(b, "names", names, 224, 0);
	btf__add_typedef(b, "btf_trace_happening", pointer);
	return b;
}

static void test_copy_of_made_up(void **state)
{
	static const char *const names[] = {"inner", "task___flavour", "absent"};
	struct kernel_type asked[] = {{"btf_trace_happening", BTF_KIND_TYPEDEF, 0},
		{"btf_trace_happening", BTF_KIND_FUNC, 0}};
	struct btf *kernel = kernel_made_up(), *wanted = wanted_of(names, 3), *copy;
	int fd = file_new();
	const void *bytes;
	uint32_t size;

	(void)state;
	bytes = btf__raw_data(kernel, &size);
	assert_int_equal(kernel_types_write_from(bytes, size, wanted, asked, 2, fd), 0);
	copy = copy_read(fd);
	assert_same_members(kernel, copy, "task");
	assert_same_members(kernel, copy, "inner");
	assert_int_equal(struct_of(copy, "other")->size, 4);
	assert_int_equal(btf_vlen(struct_of(copy, "other")), 0);
	assert_int_equal(asked[0].id,
		btf__find_by_name_kind(kernel, "btf_trace_happening", BTF_KIND_TYPEDEF));
	assert_int_equal(asked[1].id, 0);
	btf__free(copy);
	btf__free(wanted);
	btf__free(kernel);
}

/* Cut anywhere, or with any byte of it changed, it is refused or read, within its bounds. */
static void test_damaged(void **state)
{
	static const char *const names[] = {"inner", "task"};
	struct btf *kernel = kernel_made_up(), *wanted = wanted_of(names, 2);
	const char *bytes;
	uint32_t size;

	(void)state;
	bytes = btf__raw_data(kernel, &size);
	for (uint32_t at = 0; at < size; at++) {
		char *part = malloc(size);
		int fd = file_new();

		memcpy(part, bytes, size);
		assert_true(kernel_types_write_from(part, at, wanted, NULL, 0, fd) < 0);
		part[at] = (char)~part[at];
		kernel_types_write_from(part, size, wanted, NULL, 0, fd);
		close(fd);
		free(part);
	}
	btf__free(wanted);
	btf__free(kernel);
}

static void test_copy_of_this_kernel(void **state)
{
	static const char *const names[] = {"task_struct", "sock_common", "signal_struct", "cred",
		"file", "inode", "upid", "sock", "mm_struct"};
	struct kernel_type asked[] = {{"btf_trace_sched_switch", BTF_KIND_TYPEDEF, 0},
		{"bpf_iter_task", BTF_KIND_FUNC, 0}};
	struct btf *kernel = btf__load_vmlinux_btf(), *wanted, *copy;
	int fd = file_new();

	(void)state;
	if (!kernel)
		skip();
	wanted = wanted_of(names, sizeof(names) / sizeof(names[0]));
	assert_int_equal(kernel_types_write(wanted, asked, 2, fd), 0);
	copy = copy_read(fd);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_same_members(kernel, copy, names[i]);
	assert_true(btf__type_cnt(copy) < 5000);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
			asked[i].id, btf__find_by_name_kind(kernel, asked[i].name, asked[i].kind));
	btf__free(copy);
	btf__free(wanted);
	btf__free(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy_of_made_up),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_copy_of_this_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
