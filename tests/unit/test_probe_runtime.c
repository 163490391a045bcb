/*
 * Runtimes are told from files of real ones: Debian's, and every CPython that pyenv has, whose
 * debug information (read by gdb) is the truth for the table of layouts.
 */
#include "probe/image.h"
#include "probe/mapping.h"
#include "probe/python_layout.h"
#include "probe/runtime.h"
#include "probe/runtime_python.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* The first file that matches a pattern; NULL: none. To be freed. */
static char *file_find(const char *pattern)
{
	glob_t found;
	char *path = NULL;

	if (glob(pattern, GLOB_TILDE, NULL, &found) == 0)
		path = realpath(found.gl_pathv[0], NULL);
	globfree(&found);
	return path;
}

static bool runtime_of_file(
	struct runtime_cache *cache, const char *path, struct runtime_found *ret)
{
	struct stat st;
	struct mapping m = {.pid = getpid(), .start = 0x10000000, .path = path};

	assert_int_equal(stat(path, &st), 0);
	m.inode = st.st_ino;
	m.minor = st.st_dev;
	return runtime_find(cache, &m, ret);
}

static void test_kinds(void **state)
{
	static const struct {
		const char *pattern, *name, *version;
		bool global_lock;
	} rows[] = {
		{"/usr/bin/python3", "cpython", "3.", true},
		/* Debian's node is a small program around a library; others are one file. */
		{"/usr/lib/*/libnode.so.*", "node", "", false},
		{"/usr/bin/node", "node", "", false},
		{"/usr/lib/jvm/*/lib/server/libjvm.so", "jvm", "", false},
		{"/usr/lib/x86_64-linux-gnu/libruby-*.so.*", "ruby", "", true},
		{"/usr/lib/go-*/bin/go", "go", "1.", false},
		{"/usr/lib/erlang/erts-*/bin/beam.smp", "beam", "2", false},
		{"/usr/bin/php*", "php", "", false},
		{"/usr/bin/perl", "perl", "5.", false},
		{"/usr/lib/R/lib/libR.so", "r", "4.", false},
	};
	struct runtime_cache *cache = runtime_cache_new();
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *path = file_find(rows[i].pattern);
		struct runtime_found found;

		if (!path) {
			print_message("not installed: %s\n", rows[i].pattern);
			continue;
		}
		if (!runtime_of_file(cache, path, &found)) {
			assert_string_equal(rows[i].pattern, "/usr/bin/node");
			free(path);
			continue;
		}
		assert_string_equal(found.name, rows[i].name);
		assert_non_null(found.version);
		assert_memory_equal(found.version, rows[i].version, strlen(rows[i].version));
		assert_int_equal(found.global_lock, rows[i].global_lock);
		free(path);
		seen++;
	}
	assert_true(seen > 0);
	runtime_cache_free(cache);
}

static void test_no_runtime(void **state)
{
	struct runtime_cache *cache = runtime_cache_new();
	struct runtime_found found;
	char *self = realpath("/proc/self/exe", NULL), *shell = realpath("/bin/sh", NULL);

	(void)state;
	assert_false(runtime_of_file(cache, self, &found));
	assert_false(runtime_of_file(cache, shell, &found));
	assert_false(runtime_of_file(cache, "/etc/passwd", &found));
	free(self);
	free(shell);
	runtime_cache_free(cache);
}

enum truth { STATE, INTERPRETERS, NEXT, GIL, THREAD_ID, LAST_HOLDER, LOCKED, TRUTHS };

static const char *const expressions[TRUTHS] = {
	[STATE] = "&((struct pyruntimestate *)0)->ceval.gil",
	[INTERPRETERS] = "&((struct pyruntimestate *)0)->interpreters.head",
	[NEXT] = "&((PyInterpreterState *)0)->next",
	[GIL] = "&((PyInterpreterState *)0)->ceval.gil",
	[THREAD_ID] = "&((PyThreadState *)0)->thread_id",
	[LAST_HOLDER] = "&((struct _gil_runtime_state *)0)->last_holder",
	[LOCKED] = "&((struct _gil_runtime_state *)0)->locked",
};

/* What gdb makes of the expressions on a file with debug information; -1: there is no such thing.
 */
static void truths_read(const char *file, long ret[TRUTHS])
{
	char command[2048], line[256];
	int length = snprintf(command, sizeof(command), "gdb -batch -nx");
	FILE *gdb;

	for (int i = 0; i < TRUTHS; i++) {
		ret[i] = -1;
		length += snprintf(command + length, sizeof(command) - length,
			" -ex 'printf \"%d=%%ld\\n\", (long)%s'", i, expressions[i]);
	}
	snprintf(command + length, sizeof(command) - length, " '%s' 2>/dev/null", file);
	gdb = popen(command, "r");
	while (gdb && fgets(line, sizeof(line), gdb)) {
		long value;
		int i;

		if (sscanf(line, "%d=%ld", &i, &value) == 2 && i >= 0 && i < TRUTHS)
			ret[i] = value;
	}
	if (gdb)
		pclose(gdb);
}

static void layout_check(const char *path)
{
	struct image *image = image_open(path);
	struct python_image p;
	long truth[TRUTHS];

	assert_non_null(image);
	python_image_read(image, path, &p);
	image_free(image);
	print_message("%s: %s\n", path, p.version);
	assert_int_equal(p.major, 3);
	assert_true(p.global_lock);
	assert_true(p.lock_start < p.lock_end);
	if (p.minor < 7)
		return;
	truths_read(path, truth);
	assert_true(p.gil_known);
	if (p.minor < 12) {
		assert_int_equal(p.gil.state - p.lock_start, truth[STATE]);
		assert_int_equal(p.gil.interpreters, 0);
	} else {
		assert_int_equal(p.gil.state, 0);
		assert_int_equal(p.gil.interpreters - p.lock_start, truth[INTERPRETERS]);
		assert_int_equal(p.gil.next, truth[NEXT]);
		assert_int_equal(p.gil.gil, truth[GIL]);
	}
	assert_int_equal(p.gil.thread_id, truth[THREAD_ID]);
	/* The kernel side reads the three fields as one struct. */
	assert_int_equal(truth[LAST_HOLDER], WIRE_GIL_HOLDER);
	assert_int_equal(truth[LOCKED], WIRE_GIL_LOCKED);
}

/* Installing over a library that is in use cuts it short while it is looked at. */
static void test_file_that_is_cut_short_meanwhile(void **state)
{
	char path[] = "/tmp/concadvise-image-XXXXXX", command[128];
	struct image_symbol place;
	struct image *i;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	snprintf(command, sizeof(command), "cp -L /proc/%d/exe %s", getpid(), path);
	assert_int_equal(system(command), 0);
	i = image_open(path);
	assert_non_null(i);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_false(image_find_symbol(i, "main", &place));
	image_free(i);
	close(fd);
	unlink(path);
}

/* Whoever makes the files of a runtime must not be able to hold us. */
static void test_fifo_for_a_release_file(void **state)
{
	char folder[] = "/tmp/concadvise-jdk-XXXXXX", command[512], path[128];
	struct runtime_cache *cache = runtime_cache_new();
	struct runtime_found found;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(command, sizeof(command),
		"cd %s && mkdir -p lib/server && mkfifo release && echo 'int JNI_CreateJavaVM;' |"
		" cc -shared -x c -o lib/server/libjvm.so -",
		folder);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "%s/lib/server/libjvm.so", folder);
	assert_true(runtime_of_file(cache, path, &found));
	assert_string_equal(found.name, "jvm");
	assert_null(found.version);
	runtime_cache_free(cache);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

static void test_python_layouts(void **state)
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
		layout_check(found.gl_pathv[i]);
	globfree(&found);
}

#define XDEBUGPY 0x7970677562656478                    /* the cookie "xdebugpy" */
enum { COOKIE, VERSION, FREE_THREADED, RUNTIME_SIZE }; /* words of _Py_DebugOffsets */

/* As Debian's builds have it; the debug information of the same builds tells the same places. */
static const struct {
	const char *version;
	int minor;
	struct python_head head;
	struct wire_gil gil; /* when _PyRuntime is at 0 */
} recorded[] = {
	{"3.13.18", 13,
		{{XDEBUGPY, 0x30d12f0, 0, 283408, 608, 632, 194984, 7272, 7264, 7344, 7400, 7656,
			7640, 7648, 16, 7752, 0, 7768, 7760, 312, 0, 8, 16, 72, 152}},
		{.interpreters = 632, .next = 7264, .gil = 16, .thread_id = 152}},
	{"3.14.10", 14,
		{{XDEBUGPY, 0x30e0af0, 0, 316616, 784, 808, 225864, 7280, 7272, 7344, 7360, 7408,
			7688, 7672, 7680, 16, 7784, 0, 7800, 7792, 7992, 0, 832, 0, 8, 16, 72,
			152}},
		{.interpreters = 808, .next = 7272, .gil = 16, .thread_id = 152}},
	{"3.15.2", 15,
		{{XDEBUGPY, 0x30f02f0, 0, 346568, 912, 936, 226240, 7272, 7264, 7336, 7352, 7400,
			7592, 7576, 7584, 16, 7736, 0, 7752, 7744, 7944, 0, 888, 0, 8, 16, 72, 80,
			88, 96, 176}},
		{.interpreters = 936, .next = 7264, .gil = 16, .thread_id = 176}},
};
#define RECORDED (sizeof(recorded) / sizeof(*recorded))

static void test_published_layouts(void **state)
{
	(void)state;
	for (size_t i = 0; i < RECORDED; i++) {
		struct wire_gil gil, at_0 = recorded[i].gil;

		assert_true(python_layout_find(recorded[i].minor, &recorded[i].head, 0, &gil));
		assert_memory_equal(&gil, &at_0, sizeof(gil));
		at_0.interpreters += 0x1000;
		assert_true(python_layout_find(recorded[i].minor, &recorded[i].head, 0x1000, &gil));
		assert_memory_equal(&gil, &at_0, sizeof(gil));
	}
}

/* What is not as expected in some word makes the place unknown, never a wrong one. */
static void test_published_layouts_that_differ(void **state)
{
	static const struct {
		unsigned word;
		uint64_t value;
	} rows[] = {
		{COOKIE, 0},
		{FREE_THREADED, 1},
		{RUNTIME_SIZE, 0},
		{5 /* interpreters_head */, 1 << 20},
		{8 /* next */, UINT64_MAX},
		{15 /* ceval_gil */, 1ull << 32},
		{16 /* gil_runtime_state */, 7780},
		{18 /* locked */, 7804},
		{19 /* holder */, 7796},
		{27 /* thread_id */, 1 << 20},
	};
	struct python_published published;
	struct wire_gil gil;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct python_head head = recorded[1].head;

		head.words[rows[i].word] = rows[i].value;
		print_message("word %u\n", rows[i].word);
		assert_false(python_layout_find(14, &head, 0, &gil));
	}
	/* One that is newer than what is known here still says its version. */
	assert_true(python_layout_published(&recorded[1].head, &published));
	assert_int_equal(published.version, 0x30e0af0);
	assert_false(published.free_threaded);
	assert_false(python_layout_find(16, &recorded[1].head, 0, &gil));
}

/* A program that has _PyRuntime in it and not a single symbol. */
static void embedder_make(const char *path, const struct python_head *head)
{
	char command[256];
	FILE *cc;

	snprintf(command, sizeof(command), "cc -x c -s -o %s -", path);
	cc = popen(command, "w");
	assert_non_null(cc);
	fprintf(cc,
		"__attribute__((section(\".PyRuntime\"), used)) unsigned long runtime[1024] = {");
	for (size_t i = 0; i < sizeof(head->words) / sizeof(*head->words); i++)
		fprintf(cc, "%#lx,", (unsigned long)head->words[i]);
	fprintf(cc, "};int main(void) { return 0; }\n");
	assert_int_equal(pclose(cc), 0);
}

static void test_stripped_program_with_python(void **state)
{
	struct runtime_cache *cache = runtime_cache_new();
	char folder[] = "/tmp/concadvise-python-XXXXXX", path[64];
	struct runtime_found found;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < RECORDED; i++) {
		snprintf(path, sizeof(path), "%s/%zu", folder, i);
		embedder_make(path, &recorded[i].head);
		assert_true(runtime_of_file(cache, path, &found));
		assert_string_equal(found.name, "cpython");
		assert_string_equal(found.version, recorded[i].version);
		assert_true(found.global_lock);
		assert_int_equal(found.lock_end - found.lock_start, 1024 * sizeof(long));
		assert_true(found.gil_known);
		assert_int_equal(found.gil.state, 0);
		assert_int_equal(
			found.gil.interpreters - found.lock_start, recorded[i].gil.interpreters);
		unlink(path);
	}
	runtime_cache_free(cache);
	rmdir(folder);
}

/* As a build of 3.14.4 with --disable-gil has it. */
static const struct python_head free_threaded = {
	{XDEBUGPY, 0x30e04f0, 1, 362368, 784, 808, 246720, 7280, 7272, 7344, 7360, 7408, 7712, 7696,
		7704, 16, 7808, 0, 7832, 7824, 8024, 17628, 832, 0, 8, 16, 72, 152}};

static void test_free_threaded_program(void **state)
{
	struct runtime_cache *cache = runtime_cache_new();
	char path[] = "/tmp/concadvise-python-XXXXXX";
	struct runtime_found found;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	embedder_make(path, &free_threaded);
	assert_true(runtime_of_file(cache, path, &found));
	assert_string_equal(found.version, "3.14.4t");
	assert_false(found.global_lock);
	assert_false(found.gil_known);
	assert_int_equal(found.lock_end, 0);
	unlink(path);
	runtime_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_no_runtime),
		cmocka_unit_test(test_file_that_is_cut_short_meanwhile),
		cmocka_unit_test(test_fifo_for_a_release_file),
		cmocka_unit_test(test_python_layouts),
		cmocka_unit_test(test_published_layouts),
		cmocka_unit_test(test_published_layouts_that_differ),
		cmocka_unit_test(test_stripped_program_with_python),
		cmocka_unit_test(test_free_threaded_program),
	};

	return cmocka_run_group_tests_name("runtime", tests, NULL, NULL);
}
