/*
 * Code objects and strings as they lie in memory: their text and lines. What an event leaves out is
 * read from a process, for which this one stands in.
 */
#include "probe/python_code.h"
#include "probe/python_string.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { OLD = 48, NEW = 40, FREE_THREADED = 56 }; /* sizes of PyASCIIObject */

/* Dumped by ctypes.string_at(id(text), ...), but for addresses. */
static const struct {
	const char *text;
	size_t header;
	size_t size;
	uint64_t words[12];
} strings[] = {
	{"abcde", OLD, 54,
		{0x1111, 0x2222, 0x5, 0xffffffffffffffff, 0x7f00112233e4, 0x0,
			0x6564636261}}, /* 3.8.18 */
	{"ab\u00e9d", OLD, 77,
		{0x1111, 0x2222, 0x4, 0xcff9412a1cf5f1a2, 0xa4, 0x0, 0x0, 0x0, 0x0,
			0x64e96261}}, /* 3.8.18 */
	{"ab\u4e2dd", OLD, 82,
		{0x1111, 0x2222, 0x4, 0xc751422cd13803fa, 0x5a006c016400a8, 0x0, 0x0, 0x0, 0x0,
			0x644e2d00620061, 0x336e6f6874790000}}, /* 3.8.18 */
	{"a\U0001f600d", OLD, 88,
		{0x1111, 0x2222, 0x3, 0xe41c9d93d21668cb, 0x7f00112233b0, 0x7f0011223344, 0x0, 0x0,
			0x3, 0x1f60000000061, 0x64}}, /* 3.8.18 */
	{"abcde", NEW, 46,
		{0x1111, 0x2222, 0x5, 0xffffffffffffffff, 0x64, 0x6564636261}}, /* 3.12.1 */
	{"ab\u00e9d", NEW, 61,
		{0x1111, 0x2222, 0x4, 0xbc7a7c92676aa169, 0x24, 0x0, 0x0, 0x64e96261}}, /* 3.12.1 */
	{"ab\u4e2dd", NEW, 66,
		{0x1111, 0x2222, 0x4, 0x86758c690c0816a0, 0x643965785c6228, 0x0, 0x0,
			0x644e2d00620061, 0x0}}, /* 3.12.1 */
	{"a\U0001f600d", NEW, 72,
		{0x1111, 0x2222, 0x3, 0xe4e7a39b4c18af79, 0x30, 0x0, 0x0, 0x1f60000000061,
			0x64}}, /* 3.12.1 */
	{"abcde", FREE_THREADED, 62,
		{0x1111, 0x2222, 0x3333, 0x4444, 0x5, 0xffffffffffffffff, 0x1900,
			0x6564636261}}, /* 3.14.4 */
	{"ab\u00e9d", FREE_THREADED, 77,
		{0x1111, 0x2222, 0x3333, 0x4444, 0x4, 0xc3b18162ffe010b5, 0x902, 0x0, 0x0,
			0x64e96261}}, /* 3.14.4 */
	{"ab\u4e2dd", FREE_THREADED, 82,
		{0x1111, 0x2222, 0x3333, 0x4444, 0x4, 0x9ed7ac9a91650a1, 0x6c69672f706d4a02, 0x0,
			0x0, 0x644e2d00620061, 0x6e79642d62690000}}, /* 3.14.4 */
	{"a\U0001f600d", FREE_THREADED, 88,
		{0x1111, 0x2222, 0x3333, 0x4444, 0x3, 0x9dc6c339db510408, 0x174005d00800c02, 0x0,
			0x0, 0x1f60000000061, 0x64}}, /* 3.14.4 */
	{"abcde", NEW, 46,
		{0x1111, 0x2222, 0x5, 0xffffffffffffffff, 0x414f535f00000064,
			0x6564636261}}, /* 3.15.2 */
	{"ab\u00e9d", NEW, 61,
		{0x1111, 0x2222, 0x4, 0x27bf59ef8681b83b, 0x24, 0x0, 0x0, 0x64e96261}}, /* 3.15.2 */
	{"ab\u4e2dd", NEW, 66,
		{0x1111, 0x2222, 0x4, 0xa922cdf78c93fa9a, 0x643965785c6228, 0x0, 0x0,
			0x644e2d00620061, 0x0}}, /* 3.15.2 */
	{"a\U0001f600d", NEW, 72,
		{0x1111, 0x2222, 0x3, 0x129a079ea849ae70, 0x30, 0x0, 0x0, 0x1f60000000061,
			0x64}}, /* 3.15.2 */
};

static void text_check(const void *object, size_t bytes, size_t header, const char *expected)
{
	char *text = python_string_text(object, bytes, header);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void test_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
		const uint8_t *object = (const void *)strings[i].words;

		assert_int_equal(python_string_size(object, strings[i].size, strings[i].header),
			strings[i].size);
		text_check(object, strings[i].size, strings[i].header, strings[i].text);
		assert_null(python_string_text(object, strings[i].header - 1, strings[i].header));
		assert_null(python_string_text(object, strings[i].size, 0));
	}
}

static void test_string_that_is_cut(void **state)
{
	const uint8_t *narrow = (const void *)strings[0].words;
	const uint8_t *wide = (const void *)strings[2].words;

	(void)state;
	text_check(narrow, OLD + 3, OLD, "abc" PYTHON_STRING_CUT);
	text_check(narrow, OLD, OLD, PYTHON_STRING_CUT);
	text_check(wide, 72 + 3, OLD, "a" PYTHON_STRING_CUT);
	text_check(wide, 60, OLD, PYTHON_STRING_CUT);
}

/* A string of 3.12 and later. */
static void string_make(uint8_t *object, const char *text)
{
	uint64_t length = strlen(text);

	memset(object, 0, NEW);
	memcpy(object + 16, &length, sizeof(length));
	object[32] = 0x64; /* ASCII, compact, of one byte, not interned */
	memcpy(object + NEW, text, length + 1);
}

/* What is in other people's memory is not to reach a terminal as it is. */
static void test_what_is_no_text(void **state)
{
	uint8_t object[NEW + 64] = {0};

	(void)state;
	assert_null(python_string_text(object, sizeof(object), NEW));
	string_make(object, "a\x1b[2Jb\n\x7f");
	text_check(object, sizeof(object), NEW, "a\ufffd[2Jb\ufffd\ufffd");
	/* Half of a surrogate pair, as os.fsdecode() makes of a byte that is no UTF-8. */
	object[32] = 0x28;
	memcpy(object + 56, "\x80\xdc\x41\x00", 4);
	object[16] = 2;
	text_check(object, sizeof(object), NEW, "\ufffdA");
	object[23] = 1; /* 2^56 characters */
	assert_null(python_string_text(object, sizeof(object), NEW));
}

/* 3.12: five lines of two instructions each, of which the fourth has none. */
static const uint8_t table[] = {
	0xd0 | 1, 0, 0, 0xd8 | 1, 0, 0, 0xd8 | 1, 0, 0, 0xf8 | 1, 0xd8 | 1, 0, 0};

#define CODE 0x7f0000001000

/* An event, with room for its table. */
union sent {
	struct wire_code w;
	uint8_t bytes[sizeof(struct wire_code) + WIRE_LINES_BYTES];
};

static union sent *sent_new(void)
{
	union sent *s = calloc(1, sizeof(*s));

	s->w = (struct wire_code){
		.h.type = WIRE_CODE,
		.code = CODE,
		.instructions = CODE + 192,
		.first_line = 10,
		.lines_bytes = sizeof(table),
		.lines_whole = sizeof(table),
		.minor = 12,
		.string_header = NEW,
		.name_address = 1,
		.file_address = 1,
		.number = 7,
	};
	string_make(s->w.name, "Thing.call");
	string_make(s->w.file, "thing.py");
	memcpy(s->w.lines, table, sizeof(table));
	return s;
}

static int sent_take(struct python_codes *c, const union sent *s)
{
	return python_codes_take(c, getpid(), &s->w, sizeof(s->w) + s->w.lines_bytes);
}

static void test_code(void **state)
{
	static const int lines[] = {10, 10, 11, 11, 12, 12, 0, 0, 13, 13, 0};
	struct python_codes *c = python_codes_new();
	union sent *s = sent_new();
	const struct python_code *code;

	(void)state;
	assert_null(python_codes_find(c, 7));
	assert_int_equal(sent_take(c, s), 0);
	code = python_codes_find(c, 7);
	assert_non_null(code);
	assert_string_equal(code->function, "Thing.call");
	assert_string_equal(code->file, "thing.py");
	assert_int_equal(code->first_line, 10);
	assert_false(code->inner);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_int_equal(python_code_line(code, CODE + 192 + 2 * i), lines[i]);
	/* It has not begun: up to 3.12 the instruction before. What is further off is none of it.
	 */
	assert_int_equal(python_code_line(code, CODE + 190), 10);
	assert_int_equal(python_code_line(code, CODE + 188), 0);
	assert_int_equal(python_code_line(code, 0), 0);
	assert_null(python_codes_find(c, 0));
	assert_null(python_codes_find(c, 8));
	free(s);
	python_codes_free(c);
}

/* f_lasti counts bytes up to 3.9 and instructions in 3.10; -1 before the first one. */
static void test_indices(void **state)
{
	/* Up to 3.9 code of one line has an empty table. */
	static const uint8_t pairs[] = {4, 1, 4, 1}, ranges[] = {4, 0, 4, 1, 4, 1};
	struct python_codes *c = python_codes_new();
	union sent *s = sent_new();

	(void)state;
	s->w.number = 9;
	s->w.minor = 9;
	s->w.string_header = OLD;
	s->w.lines_bytes = s->w.lines_whole = sizeof(pairs);
	memcpy(s->w.lines, pairs, sizeof(pairs));
	assert_int_equal(sent_take(c, s), 0);
	s->w.number = 8;
	s->w.lines_bytes = s->w.lines_whole = 0;
	assert_int_equal(sent_take(c, s), 0);
	s->w.number = 10;
	s->w.minor = 10;
	s->w.lines_bytes = s->w.lines_whole = sizeof(ranges);
	memcpy(s->w.lines, ranges, sizeof(ranges));
	assert_int_equal(sent_take(c, s), 0);
	assert_int_equal(python_code_line(python_codes_find(c, 9), 2), 10);
	assert_int_equal(python_code_line(python_codes_find(c, 9), 4), 11);
	assert_int_equal(python_code_line(python_codes_find(c, 9), UINT32_MAX), 10);
	assert_int_equal(python_code_line(python_codes_find(c, 8), 100), 10);
	assert_int_equal(python_code_line(python_codes_find(c, 10), 1), 10);
	assert_int_equal(python_code_line(python_codes_find(c, 10), 2), 11);
	assert_int_equal(python_code_line(python_codes_find(c, 10), 4), 12);
	assert_int_equal(python_code_line(python_codes_find(c, 10), 6), 0);
	assert_int_equal(python_code_line(python_codes_find(c, 10), UINT32_MAX), 10);
	free(s);
	python_codes_free(c);
}

/* The rest of what is long is in the process, unless something else is there by now. */
static void test_long_text(void **state)
{
	struct python_codes *c = python_codes_new();
	union sent *s = sent_new();
	char path[600], cut[300];
	uint8_t object[NEW + sizeof(path)];
	size_t fits = WIRE_TEXT_BYTES - NEW;

	(void)state;
	memset(path, 'd', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	string_make(object, path);
	memcpy(s->w.file, object, WIRE_TEXT_BYTES);
	s->w.file_address = (uintptr_t)object;
	assert_int_equal(sent_take(c, s), 0);
	assert_string_equal(python_codes_find(c, 7)->file, path);

	object[NEW] = 'e';
	s->w.number = 8;
	assert_int_equal(sent_take(c, s), 0);
	snprintf(cut, sizeof(cut), "%.*s%s", (int)fits, path, PYTHON_STRING_CUT);
	assert_string_equal(python_codes_find(c, 8)->file, cut);

	s->w.number = 9;
	s->w.file_address = 16; /* nothing is there any more */
	assert_int_equal(sent_take(c, s), 0);
	assert_string_equal(python_codes_find(c, 9)->file, cut);
	free(s);
	python_codes_free(c);
}

/* PyBytesObject of builds with a GIL. */
struct bytes_object {
	uint64_t count, type, size, hash;
	uint8_t data[sizeof(table)];
};

static void test_what_was_not_in_memory(void **state)
{
	struct python_codes *c = python_codes_new();
	struct bytes_object lines = {.size = sizeof(table)};
	union sent *s = sent_new();
	uint8_t name[NEW + 64];

	(void)state;
	string_make(name, "Thing.frozen");
	memset(s->w.name, 0, sizeof(s->w.name));
	s->w.name_address = (uintptr_t)name;
	memcpy(lines.data, table, sizeof(table));
	s->w.lines_address = (uintptr_t)&lines;
	s->w.lines_bytes = 0;
	s->w.lines_whole = WIRE_LINES_UNKNOWN;
	assert_int_equal(sent_take(c, s), 0);
	assert_string_equal(python_codes_find(c, 7)->function, "Thing.frozen");
	assert_int_equal(python_code_line(python_codes_find(c, 7), CODE + 192 + 4), 11);

	s->w.number = 8;
	s->w.name_address = s->w.lines_address = 16;
	assert_int_equal(sent_take(c, s), 0);
	assert_null(python_codes_find(c, 8)->function);
	assert_int_equal(python_code_line(python_codes_find(c, 8), CODE + 192 + 4), 0);
	free(s);
	python_codes_free(c);
}

static void test_long_table(void **state)
{
	struct python_codes *c = python_codes_new();
	struct bytes_object lines = {.size = sizeof(table)};
	union sent *s = sent_new();

	(void)state;
	memcpy(lines.data, table, sizeof(table));
	s->w.lines_bytes = 6;
	s->w.lines_address = (uintptr_t)&lines;
	assert_int_equal(sent_take(c, s), 0);
	assert_int_equal(python_code_line(python_codes_find(c, 7), CODE + 192 + 4), 11);
	assert_int_equal(python_code_line(python_codes_find(c, 7), CODE + 192 + 8), 12);

	s->w.number = 8;
	lines.data[0] ^= 1;
	assert_int_equal(sent_take(c, s), 0);
	assert_int_equal(python_code_line(python_codes_find(c, 8), CODE + 192 + 4), 11);
	assert_int_equal(python_code_line(python_codes_find(c, 8), CODE + 192 + 8), 0);
	free(s);
	python_codes_free(c);
}

/* Processes that run the same code share what it says, not where it lies. */
static void test_code_of_two_processes(void **state)
{
	struct python_codes *c = python_codes_new();
	union sent *s = sent_new();

	(void)state;
	assert_int_equal(sent_take(c, s), 0);
	s->w.number = 8;
	s->w.instructions += 0x1000;
	assert_int_equal(sent_take(c, s), 0);
	assert_ptr_equal(python_codes_find(c, 7)->function, python_codes_find(c, 8)->function);
	assert_int_equal(python_code_line(python_codes_find(c, 7), CODE + 196), 11);
	assert_int_equal(python_code_line(python_codes_find(c, 8), CODE + 0x1000 + 196), 11);
	free(s);
	python_codes_free(c);
}

static void test_events_that_contradict_themselves(void **state)
{
	struct python_codes *c = python_codes_new();
	union sent *s = sent_new();

	(void)state;
	assert_int_equal(python_codes_take(c, 1, &s->w, sizeof(s->w) - 1), -EBADMSG);
	assert_int_equal(python_codes_take(c, 1, &s->w, sizeof(s->w) + 2), -EBADMSG);
	s->w.number = 0;
	assert_int_equal(sent_take(c, s), -EBADMSG);
	s->w.number = 7;
	assert_int_equal(sent_take(c, s), 0);
	assert_int_equal(sent_take(c, s), -EBADMSG);
	/* The interpreter's own code is of no source. */
	s->w.number = 8;
	s->w.name_address = s->w.file_address = 0;
	assert_int_equal(sent_take(c, s), 0);
	assert_true(python_codes_find(c, 8)->inner);
	free(s);
	python_codes_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_string_that_is_cut),
		cmocka_unit_test(test_what_is_no_text),
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_indices),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_what_was_not_in_memory),
		cmocka_unit_test(test_long_table),
		cmocka_unit_test(test_code_of_two_processes),
		cmocka_unit_test(test_events_that_contradict_themselves),
	};

	return cmocka_run_group_tests_name("python_code", tests, NULL, NULL);
}
