/*
 * Runtimes are told from files of real ones: Debian's, and every CPython that pyenv has, whose
 * debug information (read by gdb) is the truth for the table of layouts.
 */
#include "probe/image.h"
#include "probe/mapping.h"
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

enum truth { GIL, GIL_3_12, THREAD_ID, LAST_HOLDER, LOCKED, TRUTHS };

static const char *const expressions[TRUTHS] = {
	[GIL] = "&((struct pyruntimestate *)0)->ceval.gil",
	[GIL_3_12] = "&((struct pyruntimestate *)0)->_main_interpreter._gil",
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
	assert_int_equal(p.gil.interval - p.lock_start, truth[p.minor < 12 ? GIL : GIL_3_12]);
	assert_int_equal(p.gil.thread_id, truth[THREAD_ID]);
	/* The kernel side reads the three fields as one struct. */
	assert_int_equal(truth[LAST_HOLDER], 8);
	assert_int_equal(truth[LOCKED], 16);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_no_runtime),
		cmocka_unit_test(test_file_that_is_cut_short_meanwhile),
		cmocka_unit_test(test_fifo_for_a_release_file),
		cmocka_unit_test(test_python_layouts),
	};

	return cmocka_run_group_tests_name("runtime", tests, NULL, NULL);
}
