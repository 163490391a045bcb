/* Chains of calls: what is folded away, which line stands out, and how it is put into words. */
#include "scene.h"

#include "analyzer/callsite.h"

#define LIBC "/usr/lib/x86_64-linux-gnu/libc.so.6"
#define PYTHON "/usr/bin/python3.11"
#define STDLIB "/usr/lib/python3.11/"
#define FRAMES_MOST 16

struct frame {
	const char *language, *function, *file;
	int line;
	const char *module;
};

static const struct frame sleep_in_libc = {"c", "clock_nanosleep", NULL, 0, LIBC};
static const struct frame libc_start = {"c", "__libc_start_call_main", NULL, 0, LIBC};
static const struct frame start = {NULL, "_start", NULL, 0, PYTHON};
static const struct frame pysleep = {"c", "pysleep", NULL, 0, PYTHON};
static const struct frame vectorcall = {"c", "cfunction_vectorcall", NULL, 0, PYTHON};
static const struct frame run_main = {"c", "Py_RunMain", NULL, 0, PYTHON};
static const struct frame user = {"python", "fetch", "/srv/app/fetch.py", 14, NULL};
static const struct frame top = {"python", "<module>", "/srv/app/fetch.py", 30, NULL};

static struct measurement *python(void)
{
	struct measurement *m = scene_new(1);
	size_t process = scene_process(m, 7, 1);

	m->processes[process].executable = strdup(PYTHON);
	scene_runtime(m, process, "cpython", true);
	m->runtimes[0].file = strdup(PYTHON);
	scene_thread(m, process, 7, 0.1);
	return m;
}

static struct measurement *native(const char *executable)
{
	struct measurement *m = scene_new(1);
	size_t process = scene_process(m, 7, 1);

	m->processes[process].executable = strdup(executable);
	scene_thread(m, process, 7, 0.1);
	return m;
}

static size_t stack_of(struct measurement *m, const struct frame *const *frames, size_t count)
{
	size_t indexes[FRAMES_MOST];

	for (size_t i = 0; i < count; i++) {
		const struct frame *f = frames[i];

		indexes[i] = scene_frame(m, f->language, f->function, f->file, f->line, f->module);
	}
	return scene_stack(m, indexes, count);
}

/* The functions of a call site, innermost first, the one that stands out in [brackets]. */
static void assert_callsite(struct measurement *m, const char *expected, size_t count,
	const struct frame *const *frames)
{
	size_t stack = stack_of(m, frames, count);
	struct profile *p = scene_profile(m);
	const struct callsite *site = &p->callsites[stack];
	char told[512] = "";

	for (size_t i = 0; i < site->frames_count; i++) {
		const char *function = m->frames[site->frames[i]].function;
		size_t length = strlen(told);

		snprintf(told + length, sizeof(told) - length, i == site->line ? "%s[%s]" : "%s%s",
			i ? " " : "", function ? function : "?");
	}
	assert_string_equal(told, expected);
	scene_end(m, p);
}

#define ASSERT_CALLSITE(m, expected, ...)                                                     \
	assert_callsite(m, expected,                                                          \
		sizeof((const struct frame *[]){__VA_ARGS__}) / sizeof(const struct frame *), \
		(const struct frame *[]){__VA_ARGS__})

static void wrappers_and_the_interpreter_are_folded(void **state)
{
	(void)state;
	ASSERT_CALLSITE(python(), "[fetch] <module>", &sleep_in_libc, &pysleep, &vectorcall, &user,
		&top, &run_main, &libc_start, &start);
}

static void extensions_stay_in_their_place(void **state)
{
	const struct frame compress = {"c", "deflate", NULL, 0, "/usr/lib/libz.so.1"};
	const struct frame module = {
		"c", "zlib_compress", NULL, 0, STDLIB "lib-dynload/zlib.cpython-311.so"};
	const struct frame own = {"c", "crunch", "/src/ext.c", 40, "/srv/app/ext.so"};
	const struct frame packaged = {
		"c", "dot", NULL, 0, "/srv/app/.venv/lib/python3.11/site-packages/np/core.so"};

	(void)state;
	ASSERT_CALLSITE(python(), "deflate zlib_compress [fetch]", &compress, &module, &vectorcall,
		&user, &run_main);
	ASSERT_CALLSITE(python(), "[crunch] fetch", &own, &vectorcall, &user, &run_main);
	ASSERT_CALLSITE(python(), "dot [fetch]", &packaged, &vectorcall, &user);
}

static void an_import_is_the_line_with_the_import(void **state)
{
	const struct frame stat = {
		"python", "_path_stat", "<frozen importlib._bootstrap_external>", 150, NULL};
	const struct frame load = {
		"python", "_find_and_load", "<frozen importlib._bootstrap>", 1100, NULL};
	const struct frame library = {"python", "<module>", STDLIB "json/__init__.py", 106, NULL};

	(void)state;
	ASSERT_CALLSITE(python(), "[<module>]", &sleep_in_libc, &vectorcall, &stat, &load, &top,
		&run_main, &libc_start, &start);
	ASSERT_CALLSITE(python(), "<module> [<module>]", &stat, &load, &library, &load, &top);
}

static void libraries_stay_but_do_not_stand_out(void **state)
{
	const struct frame get = {"python", "get",
		"/srv/app/.venv/lib/python3.11/site-packages/requests/api.py", 73, NULL};
	const struct frame read = {"python", "readinto", STDLIB "socket.py", 706, NULL};
	const struct frame made = {"python", "dot", "<__array_function__ internals>", 200, NULL};

	(void)state;
	ASSERT_CALLSITE(python(), "readinto get [fetch]", &sleep_in_libc, &pysleep, &read, &get,
		&user, &run_main);
	ASSERT_CALLSITE(python(), "dot [fetch]", &made, &user, &run_main);
}

static void without_own_code_a_package_stands_out_else_a_library(void **state)
{
	const struct frame worker = {
		"python", "_worker", STDLIB "concurrent/futures/thread.py", 81, NULL};
	const struct frame run = {"python", "run", STDLIB "threading.py", 975, NULL};
	const struct frame select = {"python", "select", STDLIB "selectors.py", 415, NULL};
	const struct frame wait = {
		"python", "wait", "/usr/lib/python3/dist-packages/gunicorn/sync.py", 34, NULL};
	const struct frame get = {"python", "get",
		"/srv/app/.venv/lib/python3.11/site-packages/requests/api.py", 73, NULL};
	const struct frame launcher = {"python", "<module>", "/usr/local/bin/gunicorn", 8, NULL};

	(void)state;
	ASSERT_CALLSITE(python(), "[_worker] run", &sleep_in_libc, &pysleep, &worker, &run);
	ASSERT_CALLSITE(python(), "select [get]", &select, &get);
	ASSERT_CALLSITE(python(), "select [wait] <module>", &select, &wait, &launcher, &run_main);
}

/* The line with asyncio.run() does not call what the loop runs. */
static void who_runs_a_loop_does_not_stand_for_it(void **state)
{
	const struct frame dumps = {"python", "dumps", STDLIB "json/encoder.py", 200, NULL};
	const struct frame once = {
		"python", "BaseEventLoop._run_once", STDLIB "asyncio/base_events.py", 1900, NULL};
	const struct frame run = {"python", "run", STDLIB "asyncio/runners.py", 190, NULL};

	(void)state;
	ASSERT_CALLSITE(python(), "dumps [fetch] BaseEventLoop._run_once run <module>", &dumps,
		&user, &once, &run, &top);
	ASSERT_CALLSITE(python(), "[dumps] BaseEventLoop._run_once run <module>", &dumps, &once,
		&run, &top);
}

static void native_code_is_the_program_s_outside_the_system_s_folders(void **state)
{
	const struct frame lock = {"c", "pthread_mutex_lock", NULL, 0, LIBC};
	const struct frame cpp = {
		"c++", "std::mutex::lock", "/opt/gcc/mutex", 100, "/srv/app/serve"};
	const struct frame ssl = {
		"c", "SSL_read", "ssl/ssl_lib.c", 2000, "/usr/lib/x86_64-linux-gnu/libssl.so.3"};
	const struct frame own = {"c++", "serve", "/src/serve.cc", 20, "/srv/app/serve"};
	const struct frame thread = {"c", "start_thread", NULL, 0, LIBC};
	const struct frame postgres = {"c", "exec", NULL, 0, "/usr/lib/postgresql/bin/postgres"};

	(void)state;
	ASSERT_CALLSITE(native("/srv/app/serve"), "std::mutex::lock SSL_read [serve]", &lock, &cpp,
		&ssl, &own, &thread);
	/* An executable is own wherever it lies. */
	ASSERT_CALLSITE(native("/usr/lib/postgresql/bin/postgres"), "SSL_read [exec]", &ssl,
		&postgres, &libc_start);
	ASSERT_CALLSITE(native("/srv/app/serve"), "[SSL_read] exec", &ssl, &postgres, &libc_start);
}

static void a_static_program_s_wrappers_are_told_by_name(void **state)
{
	const char *exe = "/srv/app/static";
	const struct frame inner = {NULL, "__futex_abstimed_wait", NULL, 0, exe};
	const struct frame wait = {NULL, "pthread_cond_wait", NULL, 0, exe};
	const struct frame own = {NULL, "serve", NULL, 0, exe};
	const struct frame main = {NULL, "main", NULL, 0, exe};
	const struct frame begin = {NULL, "__libc_start_main", NULL, 0, exe};
	const struct frame named = {"c", "connect", "/src/db.c", 7, exe};
	const struct frame bare = {NULL, "connect", NULL, 0, exe};

	(void)state;
	ASSERT_CALLSITE(native(exe), "[serve] main", &inner, &wait, &own, &main, &begin);
	/* Its source is known: it is no library's. */
	ASSERT_CALLSITE(native(exe), "[connect] main", &named, &main, &begin);
	ASSERT_CALLSITE(native(exe), "[main]", &bare, &main, &begin);
	/* With a C library of its own, the name says nothing. */
	ASSERT_CALLSITE(native(exe), "[connect] main", &bare, &main, &libc_start);
}

static void what_was_linked_in_without_its_source_does_not_stand_out(void **state)
{
	const char *exe = "/srv/app/static";
	const struct frame digits = {NULL, "hack_digit", NULL, 0, exe};
	const struct frame format = {NULL, "snprintf", NULL, 0, exe};
	const struct frame own = {"c", "serve", "/src/serve.c", 12, exe};
	const struct frame plugin = {NULL, "answer", NULL, 0, "/srv/app/plugin.so"};
	const struct frame begin = {NULL, "__libc_start_main", NULL, 0, exe};

	(void)state;
	ASSERT_CALLSITE(native(exe), "hack_digit snprintf [serve]", &digits, &format, &own, &begin);
	/* Another file has its own reasons. */
	ASSERT_CALLSITE(native(exe), "[answer] serve", &plugin, &own, &begin);
	ASSERT_CALLSITE(native(exe), "[hack_digit] snprintf", &digits, &format, &begin);
}

static void go_and_rust_libraries_are_told_by_their_names(void **state)
{
	const char *exe = "/srv/app/serve";
	const struct frame syscall = {"go", "internal/poll.(*FD).Read",
		"/usr/lib/go-1.19/src/internal/poll/fd.go", 10, exe};
	const struct frame net = {"go", "net.(*conn).Read", NULL, 0, exe};
	const struct frame own = {"go", "network.Fetch", "/src/network.go", 9, exe};
	const struct frame module = {
		"go", "github.com/x/y.Do", "/go/pkg/mod/github.com/x/y.go", 3, exe};
	const struct frame park = {"rust", "park", "/rustc/abc/library/std/src/t.rs", 9, exe};
	const struct frame core = {"c++", "core::run", "/src/core.cc", 5, exe};

	(void)state;
	ASSERT_CALLSITE(native(exe),
		"internal/poll.(*FD).Read net.(*conn).Read "
		"github.com/x/y.Do [network.Fetch]",
		&syscall, &net, &module, &own);
	ASSERT_CALLSITE(native(exe), "park [core::run]", &park, &core);
}

static struct measurement *node(void)
{
	struct measurement *m = native("/usr/bin/node");

	scene_runtime(m, 0, "node", false);
	m->runtimes[0].file = strdup("/usr/bin/node");
	return m;
}

/* Without a map for perf, what the runtime offers tells more than that something called it. */
static void of_code_without_a_name_what_it_calls_stands_out(void **state)
{
	const char *exe = "/usr/bin/node";
	const struct frame leaf = {"c", "OPENSSL_cleanse", NULL, 0, exe};
	const struct frame hash = {"c++", "node::crypto::CryptoJob::Run", NULL, 0, exe};
	const struct frame api = {"c++", "v8::internal::Builtin_HandleApiCall", NULL, 0, exe};
	const struct frame trampoline = {NULL, "Builtins_InterpreterEntryTrampoline", NULL, 0, exe};
	const struct frame jit = {NULL, NULL, NULL, 0, NULL};
	const struct frame timers = {
		"javascript", "listOnTimeout", "node:internal/timers", 524, NULL};
	const struct frame entry = {NULL, "Builtins_JSEntry", NULL, 0, exe};
	const struct frame load = {NULL, "Builtins_LoadIC", NULL, 0, exe};
	const struct frame spin = {"c++", "node::SpinEventLoop", NULL, 0, exe};
	const struct frame outer = {"c++", "node::Start", NULL, 0, exe};
	const struct frame new = {"c++", "std::vector::push_back", NULL, 0, exe};

	(void)state;
	ASSERT_CALLSITE(node(), "std::vector::push_back [node::crypto::CryptoJob::Run] ?", &new,
		&hash, &api, &jit, &entry, &spin);
	ASSERT_CALLSITE(node(), "OPENSSL_cleanse [node::crypto::CryptoJob::Run] ?", &leaf, &hash,
		&api, &jit, &entry, &spin);
	ASSERT_CALLSITE(node(),
		"OPENSSL_cleanse [node::crypto::CryptoJob::Run] "
		"Builtins_InterpreterEntryTrampoline listOnTimeout",
		&leaf, &hash, &api, &trampoline, &timers, &entry, &spin);
	ASSERT_CALLSITE(node(), "[node::crypto::CryptoJob::Run] ? ?", &hash,
		&(struct frame){NULL, NULL, NULL, 0, exe}, &jit, &spin);
	ASSERT_CALLSITE(node(), "[?]", &load, &jit);
	ASSERT_CALLSITE(node(), "[?] listOnTimeout", &api, &jit, &timers, &entry, &spin);
	/* No code of the language is there: threads of the runtime's own. */
	ASSERT_CALLSITE(node(),
		"v8::internal::Builtin_HandleApiCall [node::SpinEventLoop] node::Start", &api,
		&spin, &outer);
}

static void a_runtime_carries_out_what_has_a_name(void **state)
{
	const struct frame hash = {"c++", "node::crypto::CryptoJob::Run", NULL, 0, "/usr/bin/node"};
	const struct frame sync = {"javascript", "pbkdf2Sync", "node:internal/crypto", 60, NULL};
	const struct frame own = {"javascript", "handle", "/srv/app.mjs", 14, NULL};
	const struct frame jit = {NULL, NULL, NULL, 0, NULL};
	const struct frame spin = {"c++", "node::SpinEventLoop", NULL, 0, "/usr/bin/node"};

	(void)state;
	ASSERT_CALLSITE(node(), "pbkdf2Sync [handle]", &hash, &sync, &own, &spin);
	ASSERT_CALLSITE(node(), "? [handle]", &jit, &own, &spin);
}

/* A stripped extension says less than the line that calls it. */
static void a_name_stands_before_none(void **state)
{
	const struct frame put = {NULL, NULL, NULL, 0, STDLIB "lib-dynload/_queue.so"};
	const struct frame worker = {
		"python", "_worker", STDLIB "concurrent/futures/thread.py", 81, NULL};
	const struct frame own = {NULL, NULL, NULL, 0, "/srv/app/ext.so"};

	(void)state;
	ASSERT_CALLSITE(python(), "? [_worker]", &put, &worker);
	ASSERT_CALLSITE(python(), "? [fetch]", &own, &user);
	ASSERT_CALLSITE(python(), "[?] _worker", &own, &worker);
}

static void of_nothing_but_wrappers_the_outermost_one_stays(void **state)
{
	const struct frame futex = {"c", "__futex_abstimed_wait", NULL, 0, LIBC};
	const struct frame wait = {"c", "pthread_cond_wait", NULL, 0, LIBC};
	const struct frame thread = {"c", "start_thread", NULL, 0, LIBC};

	(void)state;
	ASSERT_CALLSITE(native("/srv/x"), "[pthread_cond_wait]", &futex, &wait, &thread);
	ASSERT_CALLSITE(native("/srv/x"), "[clock_nanosleep]", &sleep_in_libc);
	ASSERT_CALLSITE(
		native("/srv/x"), "[_start]", &(struct frame){NULL, "_start", NULL, 0, "/srv/x"});
}

static void assert_text(const struct frame *f, uint64_t offset, const char *expected)
{
	struct measurement *m = native("/srv/app/serve");
	size_t stack = stack_of(m, &f, 1);
	struct profile *p;
	char *text;

	m->frames[0].offset = offset;
	p = scene_profile(m);
	text = callsite_text(p, stack);
	assert_string_equal(text, expected);
	free(text);
	scene_end(m, p);
}

static void a_line_is_put_into_words(void **state)
{
	(void)state;
	assert_text(&user, 0, "fetch.py:14 fetch");
	assert_text(&(struct frame){"c", "work", "/src/x.c", 0, "/srv/app/serve"}, 0, "x.c work");
	assert_text(&(struct frame){"c", "work", NULL, 0, "/srv/app/serve"}, 0, "work (serve)");
	assert_text(
		&(struct frame){NULL, NULL, NULL, 0, "/srv/lib/libz.so"}, 0x1a2b, "libz.so+0x1a2b");
	assert_text(&(struct frame){NULL, NULL, NULL, 0, NULL}, 0, "generated code");
	assert_text(&(struct frame){"python", "loads", STDLIB "json/decoder.py", 337, NULL}, 0,
		"json/decoder.py:337 loads");
}

static void library_files_are_named_from_their_root(void **state)
{
	static const struct {
		const char *path, *name;
	} files[] = {
		{STDLIB "threading.py", "threading.py"},
		{STDLIB "json/encoder.py", "json/encoder.py"},
		{"/srv/.venv/lib/python3.12/site-packages/requests/api.py", "requests/api.py"},
		{"<frozen os>", "<frozen os>"},
	};
	struct measurement *m = python();
	struct profile *p;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		scene_frame(m, "python", "f", files[i].path, 1, NULL);
	scene_frame(m, "javascript", "f", "node:internal/fs/promises", 1, NULL);
	scene_frame(m, "c", "f", "../sysdeps/unix/sysv/linux/futex.c", 1, LIBC);
	p = scene_profile(m);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_string_equal(p->frames[i].short_file, files[i].name);
	assert_string_equal(p->frames[m->frames_count - 2].short_file, "node:internal/fs/promises");
	assert_string_equal(p->frames[m->frames_count - 1].short_file, "linux/futex.c");
	scene_end(m, p);
}

static void own_files_of_one_name_are_told_apart(void **state)
{
	static const struct {
		const char *path, *name;
	} files[] = {
		{"/srv/app/main.py", "main.py"},
		{"/srv/app/db/pool.py", "db/pool.py"},
		{"/srv/app/net/pool.py", "net/pool.py"},
		{"/srv/app/carpool.py", "carpool.py"},
		{"/srv/app/db/__init__.py", "db/__init__.py"},
		{"/opt/a/x/util.py", "a/x/util.py"},
		{"/opt/b/x/util.py", "b/x/util.py"},
		{"<string>", "<string>"},
		{"tell.py", "tell.py"},
		{"re-tell.py", "re-tell.py"},
		{"/srv/app/tell.py", "app/tell.py"},
	};
	struct measurement *m = python();
	struct profile *p;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		scene_frame(m, "python", "f", files[i].path, 1, NULL);
		scene_frame(m, "python", "g", files[i].path, 2, NULL);
	}
	/* A library's does not lengthen the user's. */
	scene_frame(m, "python", "f", STDLIB "main.py", 1, NULL);
	p = scene_profile(m);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_string_equal(p->frames[2 * i].short_file, files[i].name);
		assert_string_equal(p->frames[2 * i + 1].short_file, files[i].name);
	}
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrappers_and_the_interpreter_are_folded),
		cmocka_unit_test(extensions_stay_in_their_place),
		cmocka_unit_test(an_import_is_the_line_with_the_import),
		cmocka_unit_test(libraries_stay_but_do_not_stand_out),
		cmocka_unit_test(without_own_code_a_package_stands_out_else_a_library),
		cmocka_unit_test(who_runs_a_loop_does_not_stand_for_it),
		cmocka_unit_test(native_code_is_the_program_s_outside_the_system_s_folders),
		cmocka_unit_test(a_static_program_s_wrappers_are_told_by_name),
		cmocka_unit_test(what_was_linked_in_without_its_source_does_not_stand_out),
		cmocka_unit_test(go_and_rust_libraries_are_told_by_their_names),
		cmocka_unit_test(of_code_without_a_name_what_it_calls_stands_out),
		cmocka_unit_test(a_runtime_carries_out_what_has_a_name),
		cmocka_unit_test(a_name_stands_before_none),
		cmocka_unit_test(of_nothing_but_wrappers_the_outermost_one_stays),
		cmocka_unit_test(a_line_is_put_into_words),
		cmocka_unit_test(library_files_are_named_from_their_root),
		cmocka_unit_test(own_files_of_one_name_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
