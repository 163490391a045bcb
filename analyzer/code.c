/*
 * code: whose code a frame is, by tables: what says so, and what it says.
 *
 * A program's own code is what is left: interpreted code outside the folders where a language keeps
 * its library and its packages, and native code in the executable or in a library outside the
 * system's folders. That the source is known says nothing: with debug information installed, so it
 * is of the C library.
 */
#include "code.h"

#include "probe/measurement.h"

#include <stddef.h>
#include <string.h>

enum part { PART_FUNCTION, PART_FILE, PART_MODULE, PART_MODULE_NAME };
enum fit { FIT_WHOLE, FIT_START, FIT_WITHIN };

struct mark {
	const char *language; /* NULL: any */
	enum part part;
	enum fit fit;
	const char *text;
	enum code code;
};

/* What tells by itself. The first row that fits counts. */
static const struct mark marks[] = {
	/* An import is the line with the import, not what carries it out. */
	{"python", PART_FILE, FIT_START, "<frozen importlib", CODE_IMPORT},
	{"python", PART_FILE, FIT_START, "<frozen zipimport", CODE_IMPORT},
	{"python", PART_FILE, FIT_START, "<frozen ", CODE_LIBRARY},
	/* Written by a package as it runs: NumPy's dispatch, decorator's and attrs' functions. */
	{"python", PART_FILE, FIT_START, "<__array_function__ ", CODE_PACKAGE},
	{"python", PART_FILE, FIT_START, "<decorator-gen-", CODE_PACKAGE},
	{"python", PART_FILE, FIT_START, "<attrs generated ", CODE_PACKAGE},
	{"python", PART_FILE, FIT_WITHIN, "/site-packages/", CODE_PACKAGE},
	{"python", PART_FILE, FIT_WITHIN, "/dist-packages/", CODE_PACKAGE},
	{"python", PART_FILE, FIT_WITHIN, "/lib/python3", CODE_LIBRARY},
	{"python", PART_FILE, FIT_WITHIN, "/lib64/python3", CODE_LIBRARY},
	{"python", PART_FILE, FIT_WITHIN, "/lib/pypy3", CODE_LIBRARY},
	{"javascript", PART_FILE, FIT_START, "node:", CODE_LIBRARY},
	{"javascript", PART_FILE, FIT_WITHIN, "/node_modules/", CODE_PACKAGE},
	/* V8 interprets a function first: then this is all that is there of it. */
	{NULL, PART_FUNCTION, FIT_WHOLE, "Builtins_InterpreterEntryTrampoline", CODE_GENERATED},
	{NULL, PART_FUNCTION, FIT_START, "Builtins_", CODE_ENGINE},
	{NULL, PART_FUNCTION, FIT_START, "v8::", CODE_ENGINE},
	{"javascript", PART_FUNCTION, FIT_START, "Builtin:", CODE_ENGINE},
	{"javascript", PART_FUNCTION, FIT_START, "BytecodeHandler:", CODE_ENGINE},
	{"javascript", PART_FUNCTION, FIT_START, "Stub:", CODE_ENGINE},
	{"javascript", PART_FUNCTION, FIT_START, "Handler:", CODE_ENGINE},
	{"javascript", PART_FUNCTION, FIT_START, "RegExp:", CODE_LIBRARY},
	/* The JVM does, too; these are its names in a map for perf. */
	{NULL, PART_FUNCTION, FIT_WHOLE, "Interpreter", CODE_GENERATED},
	{NULL, PART_FUNCTION, FIT_START, "StubRoutines", CODE_ENGINE},
	{NULL, PART_FUNCTION, FIT_START, "RuntimeStub", CODE_ENGINE},
	{NULL, PART_FUNCTION, FIT_START, "I2C/C2I adapters", CODE_ENGINE},
	{NULL, PART_FUNCTION, FIT_START, "vtable ", CODE_ENGINE},
	{NULL, PART_FUNCTION, FIT_START, "itable ", CODE_ENGINE},
	{NULL, PART_FUNCTION, FIT_WITHIN, "[System.", CODE_LIBRARY}, /* .NET's, in such a map */
	{"ruby", PART_FILE, FIT_WITHIN, "/gems/", CODE_PACKAGE},
	{"ruby", PART_FILE, FIT_WITHIN, "/lib/ruby/", CODE_LIBRARY},
	{"java", PART_FUNCTION, FIT_START, "java.", CODE_LIBRARY},
	{"java", PART_FUNCTION, FIT_START, "javax.", CODE_LIBRARY},
	{"java", PART_FUNCTION, FIT_START, "jdk.", CODE_LIBRARY},
	{"java", PART_FUNCTION, FIT_START, "sun.", CODE_LIBRARY},
	{"java", PART_FUNCTION, FIT_START, "com.sun.", CODE_LIBRARY},
	{"rust", PART_FILE, FIT_START, "/rustc/", CODE_SYSTEM},
	{"rust", PART_FILE, FIT_WITHIN, "/lib/rustlib/", CODE_SYSTEM},
	{"rust", PART_FILE, FIT_WITHIN, "/.cargo/", CODE_PACKAGE},
	{NULL, PART_FUNCTION, FIT_START, "std::", CODE_SYSTEM}, /* of C++ and of Rust */
	{"rust", PART_FUNCTION, FIT_START, "core::", CODE_SYSTEM},
	{"rust", PART_FUNCTION, FIT_START, "alloc::", CODE_SYSTEM},
	{"rust", PART_FUNCTION, FIT_START, "<std::", CODE_SYSTEM},
	{"rust", PART_FUNCTION, FIT_START, "<core::", CODE_SYSTEM},
	{"rust", PART_FUNCTION, FIT_START, "<alloc::", CODE_SYSTEM},
	{"go", PART_FILE, FIT_WITHIN, "/pkg/mod/", CODE_PACKAGE},
	{NULL, PART_FILE, FIT_START, "/usr/include/", CODE_SYSTEM},
	{NULL, PART_FUNCTION, FIT_WHOLE, "_start", CODE_START},
	{NULL, PART_FUNCTION, FIT_START, "__libc_start_", CODE_START},
	{NULL, PART_FUNCTION, FIT_WHOLE, "start_thread", CODE_START},
	{NULL, PART_FUNCTION, FIT_WHOLE, "clone", CODE_START},
	{NULL, PART_FUNCTION, FIT_WHOLE, "__clone", CODE_START},
	{NULL, PART_FUNCTION, FIT_WHOLE, "clone3", CODE_START},
	{NULL, PART_FUNCTION, FIT_WHOLE, "__clone3", CODE_START},
	{NULL, PART_FUNCTION, FIT_WHOLE, "__GI___clone3", CODE_START},
	/* Of an interpreter in a shared library, the executable is just its start. */
	{NULL, PART_MODULE_NAME, FIT_WHOLE, "python", CODE_RUNTIME},
	{NULL, PART_MODULE_NAME, FIT_START, "python3", CODE_RUNTIME},
	{NULL, PART_MODULE_NAME, FIT_START, "libpython3", CODE_RUNTIME},
	{NULL, PART_MODULE_NAME, FIT_START, "pypy3", CODE_RUNTIME},
	{NULL, PART_MODULE_NAME, FIT_START, "libpypy3", CODE_RUNTIME},
	{NULL, PART_MODULE_NAME, FIT_WHOLE, "ruby", CODE_RUNTIME},
	{NULL, PART_MODULE_NAME, FIT_START, "libruby", CODE_RUNTIME},
	{NULL, PART_MODULE_NAME, FIT_START, "php8", CODE_RUNTIME},
	{NULL, PART_MODULE_NAME, FIT_WHOLE, "perl", CODE_RUNTIME},
	{NULL, PART_MODULE_NAME, FIT_START, "libperl", CODE_RUNTIME},
	{NULL, PART_MODULE_NAME, FIT_START, "libR.so", CODE_RUNTIME},
	{NULL, PART_MODULE, FIT_WITHIN, "/site-packages/", CODE_PACKAGE},
	{NULL, PART_MODULE, FIT_WITHIN, "/dist-packages/", CODE_PACKAGE},
	{NULL, PART_MODULE, FIT_WITHIN, "/node_modules/", CODE_PACKAGE},
	{NULL, PART_MODULE, FIT_WITHIN, "/lib-dynload/", CODE_SYSTEM},
};

/* The C library: its wrappers stand at the inner end, what starts a thread at the outer one. */
static const struct mark c_library[] = {
	{NULL, PART_MODULE_NAME, FIT_START, "libc.so", CODE_WRAPPER},
	{NULL, PART_MODULE_NAME, FIT_START, "libc-2.", CODE_WRAPPER},
	{NULL, PART_MODULE_NAME, FIT_START, "libc.musl", CODE_WRAPPER},
	{NULL, PART_MODULE_NAME, FIT_START, "libpthread", CODE_WRAPPER},
	{NULL, PART_MODULE_NAME, FIT_START, "librt.so", CODE_WRAPPER},
	{NULL, PART_MODULE_NAME, FIT_START, "librt-2.", CODE_WRAPPER},
	{NULL, PART_MODULE_NAME, FIT_START, "ld-linux", CODE_WRAPPER},
	{NULL, PART_MODULE_NAME, FIT_START, "ld-musl", CODE_WRAPPER},
	{NULL, PART_MODULE_NAME, FIT_START, "ld-2.", CODE_WRAPPER},
	{NULL, PART_MODULE_NAME, FIT_WHOLE, "[vdso]", CODE_WRAPPER},
};

/* Where systems keep their libraries: who uses a library from there has not written it. */
static const struct mark folders[] = {
	{NULL, PART_MODULE, FIT_START, "/lib/", CODE_SYSTEM},
	{NULL, PART_MODULE, FIT_START, "/lib32/", CODE_SYSTEM},
	{NULL, PART_MODULE, FIT_START, "/lib64/", CODE_SYSTEM},
	{NULL, PART_MODULE, FIT_START, "/usr/lib/", CODE_SYSTEM},
	{NULL, PART_MODULE, FIT_START, "/usr/lib32/", CODE_SYSTEM},
	{NULL, PART_MODULE, FIT_START, "/usr/lib64/", CODE_SYSTEM},
	{NULL, PART_MODULE, FIT_START, "/usr/local/lib/", CODE_SYSTEM},
	{NULL, PART_MODULE, FIT_START, "/nix/store/", CODE_SYSTEM},
	{NULL, PART_MODULE, FIT_START, "/gnu/store/", CODE_SYSTEM},
	{NULL, PART_MODULE, FIT_START, "/snap/", CODE_SYSTEM},
};

/* The packages of Go's standard library: the first part of their import path. Functions are named
 * by it: "net/http.(*conn).serve". */
static const char *const go_packages[] = {"archive", "bufio", "bytes", "cmp", "compress",
	"container", "context", "crypto", "database", "debug", "embed", "encoding", "errors",
	"expvar", "flag", "fmt", "go", "hash", "html", "image", "index", "internal", "io", "iter",
	"log", "maps", "math", "mime", "net", "os", "path", "plugin", "reflect", "regexp",
	"runtime", "slices", "sort", "strconv", "strings", "structs", "sync", "syscall", "testing",
	"text", "time", "unicode", "unique", "unsafe", "vendor", "weak"};

/* Functions of POSIX that wait or copy, as a static program's table of symbols has them. */
static const char *const static_wrappers[] = {"accept", "accept4", "calloc", "clock_nanosleep",
	"close", "cnd_timedwait", "cnd_wait", "connect", "epoll_pwait", "epoll_wait", "fcntl",
	"fdatasync", "fflush", "fgets", "flock", "fprintf", "fread", "free", "fsync", "fwrite",
	"getline", "ioctl", "malloc", "memcmp", "memcpy", "memmove", "memset", "msync", "mtx_lock",
	"nanosleep", "open", "openat", "pause", "poll", "ppoll", "pread", "pread64", "preadv",
	"printf", "pselect", "puts", "pwrite", "pwrite64", "pwritev", "qsort", "read", "readv",
	"realloc", "recv", "recvfrom", "recvmmsg", "recvmsg", "select", "sem_timedwait", "sem_wait",
	"send", "sendfile", "sendmmsg", "sendmsg", "sendto", "sigtimedwait", "sigwait",
	"sigwaitinfo", "sleep", "strcmp", "strcpy", "strlen", "strncmp", "sync", "syncfs",
	"syscall", "thrd_join", "thrd_sleep", "usleep", "vfprintf", "wait", "wait3", "wait4",
	"waitid", "waitpid", "write", "writev"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *frame_part(const struct measured_frame *f, enum part part)
{
	switch (part) {
	case PART_FUNCTION:
		return f->function;
	case PART_FILE:
		return f->file;
	case PART_MODULE:
		return f->module;
	case PART_MODULE_NAME:
		return f->module ? base_name(f->module) : NULL;
	}
	return NULL;
}

static bool mark_fits(const struct mark *mark, const struct measured_frame *f)
{
	const char *part = frame_part(f, mark->part);

	if (!part || (mark->language && (!f->language || strcmp(mark->language, f->language) != 0)))
		return false;
	switch (mark->fit) {
	case FIT_WHOLE:
		return strcmp(part, mark->text) == 0;
	case FIT_START:
		return strncmp(part, mark->text, strlen(mark->text)) == 0;
	case FIT_WITHIN:
		return strstr(part, mark->text) != NULL;
	}
	return false;
}

static const struct mark *mark_find(
	const struct mark *rows, size_t count, const struct measured_frame *f)
{
	for (size_t i = 0; i < count; i++)
		if (mark_fits(&rows[i], f))
			return &rows[i];
	return NULL;
}

static bool is_language(const struct measured_frame *f, const char *language)
{
	return f->language && strcmp(f->language, language) == 0;
}

static bool is_go_library(const struct measured_frame *f)
{
	size_t length = f->function ? strcspn(f->function, "./") : 0;

	if (!is_language(f, "go"))
		return false;
	for (size_t i = 0; i < COUNT(go_packages); i++)
		if (strlen(go_packages[i]) == length &&
			strncmp(f->function, go_packages[i], length) == 0)
			return true;
	return false;
}

/* What pip writes into bin/ for a package's command: a line or two that call the package. */
static bool is_launcher(const struct measured_frame *f)
{
	const char *name = f->file ? base_name(f->file) : NULL;

	return name && is_language(f, "python") && f->function &&
	       strcmp(f->function, "<module>") == 0 && !strstr(name, ".py") &&
	       name - f->file >= 5 && strncmp(name - 5, "/bin/", 5) == 0;
}

/* A Go program's file is the runtime's too, and told by the functions' names. */
static bool is_runtime_file(const struct measurement *m, const char *module)
{
	for (size_t i = 0; i < m->runtimes_count; i++) {
		const struct measured_runtime *r = &m->runtimes[i];

		if (r->file && strcmp(r->name, "go") != 0 && strcmp(r->file, module) == 0)
			return true;
	}
	return false;
}

static bool is_executable(const struct measurement *m, const char *module)
{
	for (size_t i = 0; i < m->processes_count; i++)
		if (m->processes[i].executable && strcmp(m->processes[i].executable, module) == 0)
			return true;
	return false;
}

bool code_is_c_library(const struct measured_frame *f)
{
	return mark_find(c_library, COUNT(c_library), f) != NULL;
}

enum code code_of_frame(const struct measurement *m, const struct measured_frame *f)
{
	const struct mark *mark = mark_find(marks, COUNT(marks), f);

	if (mark)
		return mark->code;
	if (code_is_c_library(f))
		return CODE_WRAPPER;
	if (is_go_library(f))
		return CODE_LIBRARY;
	if (is_launcher(f))
		return CODE_PACKAGE;
	if (!f->module)
		return f->function ? CODE_OWN : CODE_GENERATED;
	if (is_runtime_file(m, f->module))
		return CODE_RUNTIME;
	if (is_executable(m, f->module))
		return CODE_OWN;
	mark = mark_find(folders, COUNT(folders), f);
	return mark ? mark->code : CODE_OWN;
}

/* C17, 7.1.3: names that begin so are the implementation's. Mangled ones of C++ and Rust do, too.
 */
static bool name_is_reserved(const char *name)
{
	if (name[0] != '_' || strncmp(name, "_Z", 2) == 0 || strncmp(name, "_R", 2) == 0)
		return false;
	return name[1] == '_' || (name[1] >= 'A' && name[1] <= 'Z');
}

bool code_is_static_wrapper(const struct measured_frame *f)
{
	if (!f->function || f->file || !f->module)
		return false;
	if (name_is_reserved(f->function) || strncmp(f->function, "pthread_", 8) == 0)
		return true;
	for (size_t i = 0; i < COUNT(static_wrappers); i++)
		if (strcmp(f->function, static_wrappers[i]) == 0)
			return true;
	return false;
}

bool code_is_loop(const struct measured_frame *f)
{
	static const char *const native[] = {
		"uv_run", "event_base_loop", "ev_run", "g_main_loop_run"};

	if (!f->function)
		return false;
	if (is_language(f, "python"))
		return strstr(f->function, "_run_once") && f->file &&
		       strstr(f->file, "/asyncio/base_events.py");
	for (size_t i = 0; i < COUNT(native); i++)
		if (strcmp(f->function, native[i]) == 0)
			return true;
	return false;
}
