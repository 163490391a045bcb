/*
 * Where each CPython keeps its frames: by the debug information of every one that pyenv has here
 * (read by gdb), and as recorded from Debian's builds of versions that publish it themselves.
 */
#include "probe/image.h"
#include "probe/python_layout.h"
#include "probe/runtime_python.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AT(field) offsetof(struct wire_python, field)
#define ABSENT UINT16_MAX

#define OF(type, member) "&((" type " *)0)->" member
#define FRAME(member) OF("struct _PyInterpreterFrame", member), OF("PyFrameObject", member)

/* What gdb is asked for a field: the first of these that this version has is the truth; none of
 * them: 0. */
static const struct {
	size_t field;
	const char *expressions[4];
} questions[] = {
	{AT(interpreters), {OF("struct pyruntimestate", "interpreters.head")}},
	{AT(interpreter_next), {OF("PyInterpreterState", "next")}},
	{AT(interpreter_threads), {OF("PyInterpreterState", "threads.head"),
					  OF("PyInterpreterState", "tstate_head")}},
	{AT(thread_next), {OF("PyThreadState", "next")}},
	{AT(thread_id), {OF("PyThreadState", "thread_id")}},
	{AT(thread_frame), {OF("PyThreadState", "current_frame"), OF("PyThreadState", "frame"),
				   OF("PyThreadState", "cframe")}},
	{AT(cframe_frame), {OF("_PyCFrame", "current_frame")}},
	{AT(frame_previous), {FRAME("previous"), OF("PyFrameObject", "f_back")}},
	{AT(frame_code), {OF("struct _PyInterpreterFrame", "f_executable"), FRAME("f_code")}},
	{AT(frame_at), {OF("struct _PyInterpreterFrame", "instr_ptr"),
			       OF("struct _PyInterpreterFrame", "prev_instr"),
			       OF("PyFrameObject", "f_lasti")}},
	{AT(frame_owner), {OF("struct _PyInterpreterFrame", "owner")}},
	{AT(frame_entry), {OF("struct _PyInterpreterFrame", "is_entry")}},
	{AT(frame_copy), {OF("struct _PyInterpreterFrame", "tlbc_index")}},
	{AT(code_first_line), {OF("PyCodeObject", "co_firstlineno")}},
	{AT(code_file), {OF("PyCodeObject", "co_filename")}},
	{AT(code_name), {OF("PyCodeObject", "co_qualname"), OF("PyCodeObject", "co_name")}},
	{AT(code_lines), {OF("PyCodeObject", "co_linetable"), OF("PyCodeObject", "co_lnotab")}},
	{AT(code_instructions), {OF("PyCodeObject", "co_code_adaptive")}},
	{AT(code_copies), {OF("PyCodeObject", "co_tlbc")}},
	{AT(bytes_size), {OF("PyBytesObject", "ob_base.ob_size")}},
	{AT(bytes_data), {OF("PyBytesObject", "ob_sval")}},
	{AT(string_header), {"sizeof(PyASCIIObject)"}},
};
#define QUESTIONS (sizeof(questions) / sizeof(*questions))
#define CHOICES (sizeof(questions->expressions) / sizeof(*questions->expressions))

static uint16_t field_get(const struct wire_python *l, size_t field)
{
	uint16_t value;

	memcpy(&value, (const char *)l + field, sizeof(value));
	return value;
}

static FILE *gdb_ask(const char *file)
{
	static char command[16384];
	size_t length = snprintf(command, sizeof(command), "gdb -batch -nx");

	for (size_t n = 0; n < QUESTIONS * CHOICES; n++) {
		const char *expression = questions[n / CHOICES].expressions[n % CHOICES];

		if (expression)
			length += snprintf(command + length, sizeof(command) - length,
				" -ex 'printf \"%zu=%%ld\\n\", (long)%s'", n, expression);
	}
	length += snprintf(command + length, sizeof(command) - length, " '%s' 2>/dev/null", file);
	assert_true(length < sizeof(command));
	return popen(command, "r");
}

static void truth_read(const char *file, uint16_t ret[QUESTIONS])
{
	FILE *gdb = gdb_ask(file);
	char line[256];

	for (size_t n = 0; n < QUESTIONS; n++)
		ret[n] = ABSENT;
	while (gdb && fgets(line, sizeof(line), gdb)) {
		size_t n;
		long value;

		if (sscanf(line, "%zu=%ld", &n, &value) == 2 && n < QUESTIONS * CHOICES &&
			ret[n / CHOICES] == ABSENT)
			ret[n / CHOICES] = value;
	}
	if (gdb)
		pclose(gdb);
}

static void image_check(const char *path)
{
	struct image *image = image_open(path);
	struct python_image p;
	uint16_t truth[QUESTIONS];

	assert_non_null(image);
	python_image_read(image, path, &p);
	image_free(image);
	print_message("%s: %s\n", path, p.version);
	if (p.minor < 7) {
		assert_false(p.frames_known);
		return;
	}
	assert_true(p.frames_known);
	assert_int_equal(p.frames.minor, p.minor);
	p.frames.interpreters -= p.lock_start;
	truth_read(path, truth);
	for (size_t n = 0; n < QUESTIONS; n++) {
		uint16_t expected = truth[n] == ABSENT ? 0 : truth[n];

		if (field_get(&p.frames, questions[n].field) != expected)
			print_error("%s\n", questions[n].expressions[0]);
		assert_int_equal(field_get(&p.frames, questions[n].field), expected);
	}
	assert_int_equal(p.frames.at_bytes, p.minor <= 10 ? 4 : 8);
	assert_int_equal(p.frames.owner_c, p.minor <= 11 ? 255 : 3);
}

static void test_debug_information(void **state)
{
	glob_t found;

	(void)state;
	if (system("command -v gdb >/dev/null") != 0 ||
		glob("~/.pyenv/versions/3.*/lib/libpython3.*.so.1.0", GLOB_TILDE, NULL, &found) !=
			0) {
		print_message("no gdb, or no CPython with debug information\n");
		skip();
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		image_check(found.gl_pathv[i]);
	globfree(&found);
}

#define XDEBUGPY 0x7970677562656478 /* the cookie "xdebugpy" */
enum { VERSION = 1, RUNTIME_SIZE = 3, INTERPRETERS = 5, THREAD_ID_OF_14 = 27 };

/* The first words of _PyRuntime as Debian's builds have them, and one of 3.14.4 with --disable-gil,
 * whose debug information says the same. */
static const struct {
	const char *name;
	int minor;
	struct python_head head;
	struct wire_python frames;
} recorded[] = {
	{"3.13.18", 13,
		{{XDEBUGPY, 0x30d12f0, 0, 283408, 608, 632, 194984, 7272, 7264, 7344, 7400, 7656,
			7640, 7648, 16, 7752, 0, 7768, 7760, 312, 0, 8, 16, 72, 152, 160, 232, 32,
			80, 8, 0, 56, 72, 70, 208, 112, 120, 128, 136, 68, 52, 96, 104, 200, 16, 8,
			416, 24, 88, 168, 32, 24, 16, 40, 24, 16, 48, 32, 40, 24, 16, 32, 16, 24,
			40, 16, 32, 64, 32, 16, 40}},
		{.minor = 13,
			.at_bytes = 8,
			.owner_c = 3,
			.interpreters = 632,
			.interpreter_next = 7264,
			.interpreter_threads = 7344,
			.thread_next = 8,
			.thread_frame = 72,
			.thread_id = 152,
			.frame_previous = 8,
			.frame_code = 0,
			.frame_at = 56,
			.frame_owner = 70,
			.code_first_line = 68,
			.code_file = 112,
			.code_name = 128,
			.code_lines = 136,
			.code_instructions = 200,
			.bytes_size = 16,
			.bytes_data = 32,
			.string_header = 40}},
	{"3.14.10", 14,
		{{XDEBUGPY, 0x30e0af0, 0, 316616, 784, 808, 225864, 7280, 7272, 7344, 7360, 7408,
			7688, 7672, 7680, 16, 7784, 0, 7800, 7792, 7992, 0, 832, 0, 8, 16, 72, 152,
			160, 232, 32, 88, 8, 0, 56, 80, 74, 64, 0, 216, 112, 120, 128, 136, 68, 52,
			96, 104, 208, 0, 16, 8, 416, 24, 88, 168, 40, 32, 16, 40, 24, 16, 200, 24,
			40, 32, 48, 32, 40, 24, 16, 32, 16, 24, 40, 16, 32, 64, 32, 16, 40}},
		{.minor = 14,
			.at_bytes = 8,
			.owner_c = 3,
			.interpreters = 808,
			.interpreter_next = 7272,
			.interpreter_threads = 7344,
			.thread_next = 8,
			.thread_frame = 72,
			.thread_id = 152,
			.frame_previous = 8,
			.frame_code = 0,
			.frame_at = 56,
			.frame_owner = 74,
			.code_first_line = 68,
			.code_file = 112,
			.code_name = 128,
			.code_lines = 136,
			.code_instructions = 208,
			.bytes_size = 16,
			.bytes_data = 32,
			.string_header = 40}},
	{"3.14.4t", 14,
		{{XDEBUGPY, 0x30e04f0, 1, 362368, 784, 808, 246720, 7280, 7272, 7344, 7360, 7408,
			7712, 7696, 7704, 16, 7808, 0, 7832, 7824, 8024, 17628, 832, 0, 8, 16, 72,
			152, 160, 232, 32, 88, 8, 0, 56, 80, 78, 64, 72, 240, 128, 136, 144, 152,
			84, 68, 112, 120, 232, 224, 32, 24, 432, 40, 104, 184, 56, 48, 32, 56, 40,
			32, 216, 40, 56, 48, 64, 48, 56, 40, 32, 48, 32, 40, 56, 32, 48, 80, 48, 32,
			56}},
		{.minor = 14,
			.at_bytes = 8,
			.owner_c = 3,
			.interpreters = 808,
			.interpreter_next = 7272,
			.interpreter_threads = 7344,
			.thread_next = 8,
			.thread_frame = 72,
			.thread_id = 152,
			.frame_previous = 8,
			.frame_code = 0,
			.frame_at = 56,
			.frame_owner = 78,
			.frame_copy = 72,
			.code_first_line = 84,
			.code_file = 128,
			.code_name = 144,
			.code_lines = 152,
			.code_instructions = 232,
			.code_copies = 224,
			.bytes_size = 32,
			.bytes_data = 48,
			.string_header = 56}},
	{"3.15.2", 15,
		{{XDEBUGPY, 0x30f02f0, 0, 346568, 912, 936, 226240, 7272, 7264, 7336, 7352, 7400,
			7592, 7576, 7584, 16, 7736, 0, 7752, 7744, 7944, 0, 888, 0, 8, 16, 72, 80,
			88, 96, 176, 184, 256, 32, 36, 40, 136, 288, 0, 88, 8, 0, 56, 80, 74, 64, 0,
			216, 112, 120, 128, 136, 68, 52, 96, 104, 208, 0, 16, 8, 424, 24, 88, 168,
			32, 288, 944, 888, 40, 32, 16, 40, 24, 16, 200, 24, 40, 32, 48, 32, 40, 24,
			16, 32, 16, 24, 40, 16, 32, 64, 32, 16, 40, 56}},
		{.minor = 15,
			.at_bytes = 8,
			.owner_c = 3,
			.interpreters = 936,
			.interpreter_next = 7264,
			.interpreter_threads = 7336,
			.thread_next = 8,
			.thread_frame = 72,
			.thread_id = 176,
			.frame_previous = 8,
			.frame_code = 0,
			.frame_at = 56,
			.frame_owner = 74,
			.code_first_line = 68,
			.code_file = 112,
			.code_name = 128,
			.code_lines = 136,
			.code_instructions = 208,
			.bytes_size = 16,
			.bytes_data = 32,
			.string_header = 40}},
};
#define RECORDED (sizeof(recorded) / sizeof(*recorded))

static void test_published(void **state)
{
	(void)state;
	for (size_t i = 0; i < RECORDED; i++) {
		struct wire_python l, expected = recorded[i].frames;

		print_message("%s\n", recorded[i].name);
		expected.interpreters += 0x1000;
		assert_true(python_layout_frames(recorded[i].minor, &recorded[i].head, 0x1000, &l));
		assert_memory_equal(&l, &expected, sizeof(l));
	}
}

/* What is not as expected makes the place unknown, never a wrong one. */
static void test_published_that_differs(void **state)
{
	static const struct {
		unsigned word;
		uint64_t value;
	} rows[] = {
		{VERSION, 0x030e00b4}, /* 3.14.0b4: words moved until the first candidate */
		{RUNTIME_SIZE, 0},
		{INTERPRETERS, 1 << 30},
		{THREAD_ID_OF_14, 1 << 20},
	};
	struct wire_python l;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct python_head head = recorded[1].head;

		head.words[rows[i].word] = rows[i].value;
		print_message("word %u\n", rows[i].word);
		assert_false(python_layout_frames(14, &head, 0, &l));
	}
	assert_false(python_layout_frames(16, &recorded[1].head, 0, &l));
	assert_false(python_layout_frames(12, &recorded[1].head, 0, &l));
	assert_false(python_layout_frames(6, &(struct python_head){0}, 0, &l));
	/* From 3.13 on a build that publishes nothing is none that is known. */
	assert_false(python_layout_frames(13, &(struct python_head){0}, 0, &l));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_debug_information),
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_published_that_differs),
	};

	return cmocka_run_group_tests_name("python_layout", tests, NULL, NULL);
}
