/*
 * Perf maps: lines as Node 20, JDK 17, perf-map-agent and CPython 3.12 wrote them; whose map is
 * believed; and one of many lines.
 */
#include "probe/perf_map.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* A process whose maps they are, and the path of its map. */
struct bench {
	pid_t pid;
	char path[64];
	struct perf_maps *maps;
};

static void bench_begin(struct bench *b)
{
	b->pid = fork();
	if (b->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test ends before it */
		pause();
		_exit(0);
	}
	snprintf(b->path, sizeof(b->path), "/tmp/perf-%d.map", b->pid);
	unlink(b->path);
	b->maps = perf_maps_new();
}

static void process_end(struct bench *b)
{
	int status;

	kill(b->pid, SIGKILL);
	waitpid(b->pid, &status, 0);
}

static void bench_end(struct bench *b)
{
	process_end(b);
	unlink(b->path);
	perf_maps_free(b->maps);
}

static void map_write(const char *path, const char *text)
{
	FILE *map = fopen(path, "w");

	assert_non_null(map);
	fputs(text, map);
	fclose(map);
}

static bool found(struct bench *b, uint64_t address, struct symbol_frame *ret)
{
	assert_int_equal(perf_map_want(b->maps, b->pid, address), 0);
	return perf_map_find(b->maps, b->pid, address, ret);
}

static void test_names(void **state)
{
	static const struct {
		const char *name, *function, *file;
		int line;
		const char *language;
	} rows[] = {
		{"JS:~handler file:///srv/app.mjs:4:17", "handler", "/srv/app.mjs", 4,
			"javascript"},
		{"JS:*work file:///srv/my%20app/%61.mjs:2:18", "work", "/srv/my app/a.mjs", 2,
			"javascript"},
		{"JS:^get size /srv/my app/b.js:13:7", "get size", "/srv/my app/b.js", 13,
			"javascript"},
		{"JS:+emit node:events:466:44", "emit", "node:events", 466, "javascript"},
		{"JS:*'emit node:events:466:44", "emit", "node:events", 466, "javascript"},
		{"LazyCompile:*fn /srv/a.js:3:7", "fn", "/srv/a.js", 3, "javascript"},
		{"Function:^fn /srv/a.js:3:7", "fn", "/srv/a.js", 3, "javascript"},
		{"JS:~ file:///srv/app.mjs:6:87", "<anonymous>", "/srv/app.mjs", 6, "javascript"},
		{"Script:~ file:///srv/app.mjs:1:1", "<anonymous>", "/srv/app.mjs", 1,
			"javascript"},
		{"JS:~f [eval]:3:5", "f", "[eval]", 3, "javascript"},
		{"JS:~bare", "bare", NULL, 0, "javascript"},
		{"RegExp:a+b c", "RegExp:a+b c", NULL, 0, "javascript"},
		{"Builtin:ArrayMap", "Builtin:ArrayMap", NULL, 0, "javascript"},
		{"BytecodeHandler:Wide", "BytecodeHandler:Wide", NULL, 0, "javascript"},
		{"py::C.meth.<locals>.<genexpr>:/srv/a:b.py", "C.meth.<locals>.<genexpr>",
			"/srv/a:b.py", 0, "python"},
		{"py::_find_and_load:<frozen importlib._bootstrap>", "_find_and_load",
			"<frozen importlib._bootstrap>", 0, "python"},
		{"int com.foo.Bar.inst(long, double[])", "com.foo.Bar.inst", NULL, 0, "java"},
		{"java.lang.Object java.lang.invoke.MethodHandle.linkToStatic(int, "
		 "java.lang.invoke.MemberName)",
			"java.lang.invoke.MethodHandle.linkToStatic", NULL, 0, "java"},
		{"void java.lang.Object.<init>()", "java.lang.Object.<init>", NULL, 0, "java"},
		{"int com.foo.Bar$$Lambda$1/0x00007f48b4000c10.f(int)",
			"com.foo.Bar$$Lambda$1/0x00007f48b4000c10.f", NULL, 0, "java"},
		{"Lcom/foo/Bar;::method", "com.foo.Bar.method", NULL, 0, "java"},
		{"Lcom/foo/Bar;::method(I)V", "com.foo.Bar.method", NULL, 0, "java"},
		{"Interpreter", "Interpreter", NULL, 0, NULL},
		{"fast_new_instance Runtime1 stub", "fast_new_instance Runtime1 stub", NULL, 0,
			NULL},
		{"StubRoutines (2)", "StubRoutines (2)", NULL, 0, NULL},
		{"Lua", "Lua", NULL, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct symbol_frame f;
		struct bench b;
		char text[256];

		bench_begin(&b);
		snprintf(text, sizeof(text), "7f2bb681d7c0 378 %s\n", rows[i].name);
		map_write(b.path, text);
		assert_true(found(&b, 0x7f2bb681d7c0 + 0x377, &f));
		assert_string_equal(f.function, rows[i].function);
		assert_string_equal(f.file ? f.file : "", rows[i].file ? rows[i].file : "");
		assert_int_equal(f.line, rows[i].line);
		assert_string_equal(
			f.language ? f.language : "", rows[i].language ? rows[i].language : "");
		assert_false(found(&b, 0x7f2bb681d7c0 + 0x378, &f));
		assert_false(found(&b, 0x7f2bb681d7c0 - 1, &f));
		bench_end(&b);
	}
}

static void test_lines(void **state)
{
	struct symbol_frame f;
	struct bench b;

	(void)state;
	bench_begin(&b);
	map_write(b.path, "1000 100 old\n"
			  "nonsense\n"
			  "\n"
			  "1040 x broken\n"
			  "1040 20\n"
			  "1040 20 \n"
			  "0x0000000000001080 0x0000000000000040 new\n"
			  "ffffffffffffff00 100 last\n"
			  "2000 10 whole\n"
			  "1000 100 not yet who");
	assert_true(found(&b, 0x1000, &f));
	assert_string_equal(f.function, "old");
	assert_true(found(&b, 0x1050, &f));
	assert_string_equal(f.function, "old");
	assert_true(found(&b, 0x1080, &f));
	assert_string_equal(f.function, "new");
	assert_true(found(&b, 0x10c0, &f));
	assert_string_equal(f.function, "old");
	assert_true(found(&b, 0xffffffffffffffff, &f));
	assert_string_equal(f.function, "last");
	assert_false(found(&b, 0, &f));
	assert_true(found(&b, 0x2000, &f));
	/* Not asked for before: it was not kept. */
	assert_false(perf_map_find(b.maps, b.pid, 0x2001, &f));
	assert_true(perf_map_exists(b.maps, b.pid));
	bench_end(&b);
}

static void test_whose(void **state)
{
	const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	struct symbol_frame f;
	struct bench b;
	char elsewhere[96];

	(void)state;
	/* One that a process of the same pid left long ago. */
	bench_begin(&b);
	map_write(b.path, "1000 100 old\n");
	assert_int_equal(utimensat(AT_FDCWD, b.path, old, 0), 0);
	assert_false(found(&b, 0x1000, &f));
	assert_false(perf_map_exists(b.maps, b.pid));
	bench_end(&b);

	/* A link to another file, and what is no file. */
	bench_begin(&b);
	snprintf(elsewhere, sizeof(elsewhere), "%s.elsewhere", b.path);
	map_write(elsewhere, "1000 100 linked\n");
	assert_int_equal(symlink(elsewhere + strlen("/tmp/"), b.path), 0);
	assert_false(found(&b, 0x1000, &f));
	unlink(elsewhere);
	unlink(b.path);
	assert_int_equal(mkfifo(b.path, 0600), 0);
	assert_false(found(&b, 0x1010, &f));
	bench_end(&b);

	/* Somebody else's. */
	bench_begin(&b);
	map_write(b.path, "1000 100 planted\n");
	if (chown(b.path, 12345, 12345) == 0)
		assert_false(found(&b, 0x1000, &f));
	bench_end(&b);
}

/* The process has ended when its map is read; it was noted while it ran. */
static void test_ended(void **state)
{
	struct symbol_frame f;
	struct bench b;

	(void)state;
	bench_begin(&b);
	perf_map_note(b.maps, b.pid);
	process_end(&b);
	map_write(b.path, "1000 100 late\n");
	assert_true(found(&b, 0x1000, &f));
	assert_string_equal(f.function, "late");
	unlink(b.path);
	perf_maps_free(b.maps);

	/* Not noted: whose it is cannot be told. */
	bench_begin(&b);
	process_end(&b);
	map_write(b.path, "1000 100 unknown\n");
	assert_false(found(&b, 0x1000, &f));
	unlink(b.path);
	perf_maps_free(b.maps);
}

static bool text_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* A container: namespaces of users, pids and mounts, /tmp its own. Writes its map and the pid that
 * it has there, then waits. */
static void container_run(int tell)
{
	char users[32], groups[32];
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int entered = unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS);
	pid_t inner;

	snprintf(users, sizeof(users), "0 %d 1", uid);
	snprintf(groups, sizeof(groups), "0 %d 1", gid);
	if (entered < 0 || !text_write("/proc/self/uid_map", users) ||
		!text_write("/proc/self/setgroups", "deny") ||
		!text_write("/proc/self/gid_map", groups) ||
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("none", "/tmp", "tmpfs", 0, NULL) < 0)
		_exit(1);
	inner = fork();
	if (inner == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		map_write("/tmp/perf-1.map", "1000 100 inside\n");
		pause();
	}
	if (write(tell, &inner, sizeof(inner)) < 0)
		_exit(1);
	waitpid(inner, NULL, 0);
	_exit(0);
}

static void test_container(void **state)
{
	pid_t outer, inner = 0;
	struct symbol_frame f;
	struct bench b = {0};
	int tell[2], n;

	(void)state;
	assert_int_equal(pipe(tell), 0);
	outer = fork();
	if (outer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(tell[0]);
		container_run(tell[1]);
	}
	close(tell[1]);
	if (read(tell[0], &inner, sizeof(inner)) != sizeof(inner))
		skip(); /* no user namespaces here */
	b.pid = inner;
	b.maps = perf_maps_new();
	perf_map_note(b.maps, inner);
	for (n = 0; n < 500; n++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/root/tmp/perf-1.map", inner);
		if (access(path, R_OK) == 0)
			break;
		usleep(10000);
	}
	usleep(50000);
	/* It is gone, and its mounts would be, when its map is read. */
	kill(inner, SIGKILL);
	waitpid(outer, &n, 0);
	assert_true(found(&b, 0x1000, &f));
	assert_string_equal(f.function, "inside");
	perf_maps_free(b.maps);
	close(tell[0]);
}

/* A million functions, each compiled twice; 2,000 of them wanted. */
static void test_many(void **state)
{
	struct timespec before, after;
	struct symbol_frame f;
	struct bench b;
	FILE *map;

	(void)state;
	bench_begin(&b);
	map = fopen(b.path, "w");
	for (int n = 0; n < 2000000; n++)
		fprintf(map, "%x 80 JS:%cfunction%d file:///srv/a/module.mjs:%d:5\n",
			0x1000 + n % 1000000 * 0x80, n < 1000000 ? '~' : '*', n, n % 1000 + 1);
	fclose(map);
	for (int n = 0; n < 2000; n++)
		assert_int_equal(
			perf_map_want(b.maps, b.pid, 0x1000 + n * 500 * 0x80 + n % 0x80), 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	for (int n = 0; n < 2000; n++) {
		char name[32];

		assert_true(perf_map_find(b.maps, b.pid, 0x1000 + n * 500 * 0x80 + n % 0x80, &f));
		snprintf(name, sizeof(name), "function%d", 1000000 + n * 500);
		assert_string_equal(f.function, name);
	}
	clock_gettime(CLOCK_MONOTONIC, &after);
	/* 120 MB take a third of a second; 20 times that is not because of a busy machine. */
	assert_true(after.tv_sec - before.tv_sec < 7);
	print_message("    %.3f s\n",
		after.tv_sec - before.tv_sec + (after.tv_nsec - before.tv_nsec) / 1e9);
	bench_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_whose),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
