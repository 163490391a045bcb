/*
 * Names of addresses against what programs say themselves of where they are (specimen/symbol.*),
 * in builds of many kinds, stripped in many ways; against addr2line; and Go's table against Go's
 * debug information.
 */
#include "probe/image.h"
#include "probe/mapping.h"
#include "probe/module.h"
#include "probe/symbol.h"
#include "probe/symbol_file.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test-symbol-XXXXXX";
static char self[256];

/* What is to be found in the program. */
enum content {
	LINES,    /* all of it */
	NAMES,    /* the functions that exist as code, and variables */
	EXPORTED, /* of those, what other files may use */
	NOTHING,
};

struct build {
	const char *language;
	const char *make; /* a shell's, of the program that says where it is */
	const char *then; /* makes ./program of ./full; NULL: it is the same */
	enum content content;
};

#define C "/symbol.c -o full"
#define CPP "/symbol.cpp -o full"
#define SEPARATE "objcopy --only-keep-debug full program.debug && strip -o program full && "
#define SYMBOLS_ONLY "strip -g -o symbols full && objcopy --only-keep-debug symbols mini && "

static const struct build builds[] = {
	{"c", "cc -g -O0 $S" C, NULL, LINES},
	{"c", "cc -g -O2 $S" C, NULL, LINES},
	{"c", "cc -g -O3 -gdwarf-4 $S" C, NULL, LINES},
	{"c", "cc -g1 -O2 $S" C, NULL, LINES},
	{"c", "cc -g -O2 -gz $S" C, NULL, LINES},
	{"c", "cc -g -O2 -flto $S" C, NULL, LINES},
	{"c", "cc -g -O2 -static -Wl,--gc-sections -ffunction-sections $S" C, NULL, LINES},
	{"c", "cc -g -O2 -gsplit-dwarf $S" C, NULL, LINES},
	{"c", "cc -g -O2 -gdwarf-4 -gsplit-dwarf $S" C, NULL, LINES},
	{"c", "clang -g -O2 $S" C, NULL, LINES},
	{"c", "clang -gline-tables-only -O2 $S" C, NULL, LINES},
	{"c", "clang -g -O2 -fuse-ld=lld -Wl,--icf=all $S" C, NULL, LINES},
	{"c++", "c++ -g -O0 $S" CPP, NULL, LINES},
	{"c++", "c++ -g -O2 $S" CPP, NULL, LINES},
	{"c++", "c++ -g -O2 -gsplit-dwarf $S" CPP, NULL, LINES},
	{"c++", "clang++ -g -O2 $S" CPP, NULL, LINES},
	/* Separate, beside the program and in its folder for such files. */
	{"c", "cc -g -O2 $S" C, SEPARATE "objcopy --add-gnu-debuglink=program.debug program",
		LINES},
	{"c++", "c++ -g -O2 $S" CPP,
		SEPARATE "objcopy --add-gnu-debuglink=program.debug program && "
			 "mkdir .debug && mv program.debug .debug",
		LINES},
	{"c", "cc -g -O2 -Wl,--build-id=none $S" C,
		SEPARATE "objcopy --add-gnu-debuglink=program.debug program", LINES},
	/* That of another build is not believed. */
	{"c", "cc -g -O2 -Wl,--build-id=none $S" C,
		SEPARATE
		"objcopy --add-gnu-debuglink=program.debug program && echo >>program.debug",
		NOTHING},
	/* MiniDebugInfo, as in Fedora. */
	{"c", "cc -g -O2 $S" C,
		SYMBOLS_ONLY "xz mini && strip -o program full && "
			     "objcopy --add-section .gnu_debugdata=mini.xz program",
		NAMES},
	{"c", "cc -O2 $S" C, NULL, NAMES},
	{"c++", "c++ -O2 $S" CPP, NULL, NAMES},
	{"c", "clang -O2 $S" C, NULL, NAMES},
	{"c", "cc -O2 -rdynamic -s $S" C, "cp full program", EXPORTED},
	{"c++", "c++ -g -O2 -rdynamic $S" CPP, "strip -o program full", EXPORTED},
};

#define BUILDS (sizeof(builds) / sizeof(*builds))

/* A shell in the folder of temporary files, with $S for that of the specimens. */
static bool shell(const char *command)
{
	char *text;
	int status;

	assert_true(asprintf(&text, "cd %s && S=%s/tests/unit/specimen && { %s; } >out 2>&1",
			    folder, getenv("CONCADVISE_SOURCE"), command) > 0);
	status = system(text);
	free(text);
	return status == 0;
}

static bool tool_exists(const char *command)
{
	char text[128];

	snprintf(text, sizeof(text), "command -v %.*s", (int)strcspn(command, " "), command);
	return shell(text);
}

/* A compiler that is not here is no failure; whatever else goes wrong is. */
static bool build_make(const struct build *b)
{
	assert_true(shell("rm -rf full program* symbols mini* .debug"));
	if (!tool_exists(b->make) || (strstr(b->make, "lld") && !tool_exists("ld.lld"))) {
		print_message("    not here: %s\n", b->make);
		return false;
	}
	if (!shell(b->make) || !shell(b->then ? b->then : "cp full program"))
		fail_msg("cannot build: %s", b->make);
	return true;
}

static struct symbol_file *program_open(const char *name, int pid, struct image **ret)
{
	struct symbol_file *f;
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	*ret = image_open(path);
	assert_non_null(*ret);
	f = symbol_file_open(*ret, path, pid, true);
	assert_non_null(f);
	return f;
}

static void program_close(struct symbol_file *f, struct image *i)
{
	symbol_file_free(f);
	image_free(i);
}

/* What one line of the specimen says. */
struct said {
	char kind[16], names[8][64];
	uint64_t address;
	int lines[8];
	size_t count;
};

static bool said_read(FILE *from, struct said *ret)
{
	char text[512], *at = text, *field;
	bool name = true;

	if (!fgets(text, sizeof(text), from))
		return false;
	text[strcspn(text, "\n")] = '\0';
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->kind, sizeof(ret->kind), "%s", strsep(&at, "\t"));
	ret->address = strtoull(strsep(&at, "\t"), NULL, 16);
	for (; (field = strsep(&at, "\t")); name = !name) {
		if (name)
			snprintf(ret->names[ret->count], sizeof(ret->names[0]), "%s", field);
		else
			ret->lines[ret->count++] = atoi(field);
	}
	return true;
}

static bool name_is(const struct symbol_frame *f, const char *pattern)
{
	return f->function && fnmatch(pattern, f->function, 0) == 0;
}

static void frames_print(const struct symbol_frame *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		print_message("    %s %s:%d\n", frames[i].function, frames[i].file, frames[i].line);
}

/* The whole chain, with lines, innermost first. */
static bool chain_agrees(const struct build *b, const struct said *s,
	const struct symbol_frame *frames, size_t count)
{
	const char *specimen = strcmp(b->language, "c") == 0 ? "/symbol.c" : "/symbol.cpp";

	for (size_t i = 0; i < s->count && i < count; i++)
		if (!name_is(&frames[i], s->names[i]) || frames[i].line != s->lines[i] ||
			frames[i].inlined != (i + 1 < s->count) || !frames[i].file ||
			frames[i].file[0] != '/' || !strstr(frames[i].file, specimen) ||
			strcmp(frames[i].language, b->language) != 0)
			return false;
	return count == s->count;
}

/* Only the function that exists as code. */
static bool outermost_agrees(const struct said *s, const struct symbol_frame *frames, size_t count)
{
	return count == 1 && name_is(&frames[0], s->names[s->count - 1]) && !frames[0].file &&
	       !frames[0].inlined && frames[0].line == 0;
}

static bool code_agrees(const struct build *b, struct symbol_file *f, const struct said *s)
{
	struct symbol_frame frames[SYMBOL_INLINED_MAX];
	size_t count = symbol_file_name(f, s->address, true, frames, SYMBOL_INLINED_MAX);
	bool agrees;

	if (b->content == NOTHING || strcmp(s->kind, "nothing") == 0)
		agrees = count == 0;
	else if (b->content == EXPORTED && count == 0)
		agrees = true;
	else if (b->content == LINES && strcmp(s->kind, "assembly") != 0)
		agrees = chain_agrees(b, s, frames, count);
	else
		agrees = outermost_agrees(s, frames, count);
	if (!agrees)
		frames_print(frames, count);
	/* In a hurry, what there would be without debug information. */
	if (agrees && b->content == LINES && s->count) {
		count = symbol_file_name(f, s->address, false, frames, SYMBOL_INLINED_MAX);
		agrees = outermost_agrees(s, frames, count) || strcmp(s->kind, "nothing") == 0;
	}
	return agrees;
}

static bool data_agrees(const struct build *b, struct symbol_file *f, const struct said *s)
{
	uint64_t offset = 0;
	const char *name = symbol_file_variable(f, s->address, &offset);

	if (!name)
		return b->content >= EXPORTED;
	if (b->content == NOTHING)
		return false;
	return fnmatch(s->names[0], name, 0) == 0 && offset == (uint64_t)s->lines[0];
}

static size_t build_check(const struct build *b)
{
	struct image *i;
	struct symbol_file *f = program_open("program", 0, &i);
	struct symbol_frame frame;
	size_t named = 0;
	struct said s;
	char path[64];
	FILE *says;

	snprintf(path, sizeof(path), "%s/full", folder);
	says = popen(path, "r");
	assert_non_null(says);
	while (said_read(says, &s)) {
		bool data = strcmp(s.kind, "data") == 0;

		if (!(data ? data_agrees(b, f, &s) : code_agrees(b, f, &s)))
			fail_msg("%s; %s: %lx is %s %s:%d", b->make, b->then, s.address, s.kind,
				s.names[0], s.lines[0]);
		named += !data && symbol_file_name(f, s.address, true, &frame, 1) > 0;
	}
	pclose(says);
	program_close(f, i);
	return named;
}

static void test_builds(void **state)
{
	(void)state;
	for (size_t n = 0; n < BUILDS; n++) {
		/* Of marks in C++ and C, 9 and 14. */
		static const size_t least[] = {
			[LINES] = 9, [NAMES] = 9, [EXPORTED] = 6, [NOTHING] = 0};

		if (build_make(&builds[n]) && build_check(&builds[n]) < least[builds[n].content])
			fail_msg("%s: next to nothing is named", builds[n].make);
	}
}

/* addr2line knows nothing of functions inlined by clang, nor of DWARF 5's first file. */
static void test_addr2line(void **state)
{
	static const struct build b = {"c", "cc -g -O2 -gdwarf-4 $S" C, NULL, LINES};
	struct symbol_frame frames[SYMBOL_INLINED_MAX];
	size_t checked = 0, inlined = 0;
	struct symbol_file *f;
	char text[512];
	struct image *i;
	FILE *list;

	(void)state;
	if (!tool_exists("addr2line") || !build_make(&b))
		skip();
	f = program_open("program", 0, &i);
	assert_true(shell("nm -S full | grep ' [tT] [a-z]*$' | while read -r a s k n; do "
			  "i=0; while [ $i -lt $((0x$s)) ]; do printf '%x\\n' $((0x$a + i)); "
			  "i=$((i + 3)); done; done >addresses"));
	assert_true(shell("addr2line -fiap -e full <addresses >truth; cp truth out"));
	snprintf(text, sizeof(text), "%s/truth", folder);
	list = fopen(text, "r");
	while (fgets(text, sizeof(text), list)) {
		char function[64], place[256], expected[64];
		static size_t count, at;
		uint64_t address;

		if (sscanf(text, "0x%lx: %63s at %255s", &address, function, place) == 3) {
			count = symbol_file_name(f, address, true, frames, SYMBOL_INLINED_MAX);
			at = 0;
		} else if (sscanf(text, " (inlined by) %63s at %255s", function, place) == 2) {
			inlined += ++at > 0;
		} else {
			continue;
		}
		if (strstr(place, "symbol.c:") == NULL || strstr(place, ":?") ||
			strstr(function, "assembly") || strncmp(function, "__", 2) == 0)
			continue;
		assert_true(at < count);
		snprintf(expected, sizeof(expected), "symbol.c:%d", frames[at].line);
		assert_string_equal(frames[at].function, function);
		assert_string_equal(strstr(place, "symbol.c:"), expected);
		checked++;
	}
	fclose(list);
	program_close(f, i);
	assert_true(checked > 200 && inlined > 50);
}

/* Every address of a function, until one is found that is in these functions in this order. */
static bool chain_exists(struct symbol_file *f, uint64_t start, uint64_t size,
	const char *const *names, const int *lines, size_t count)
{
	struct symbol_frame frames[SYMBOL_INLINED_MAX];

	for (uint64_t address = start; address < start + size; address++) {
		size_t found = symbol_file_name(f, address, true, frames, SYMBOL_INLINED_MAX),
		       n = 0;

		if (found != count)
			continue;
		while (n < count && name_is(&frames[n], names[n]) &&
			(!lines || frames[n].line == lines[n]))
			n++;
		if (n == count)
			return true;
	}
	return false;
}

/* Start and size of the symbol in ./full that a pattern of grep picks. */
static void symbol_place(const char *pattern, uint64_t *ret_start, uint64_t *ret_size)
{
	char *command, text[64];
	FILE *found;

	assert_true(asprintf(&command, "nm -S full | grep -m1 '%s'", pattern) > 0);
	assert_true(shell(command));
	free(command);
	snprintf(text, sizeof(text), "%s/out", folder);
	found = fopen(text, "r");
	assert_int_equal(fscanf(found, "%lx %lx", ret_start, ret_size), 2);
	fclose(found);
}

static void rust_check(const char *make, bool has_lines)
{
	static const char *const chain[] = {"symbol::work::innermost", "*work::Pool<*>*::total"};
	static const int lines[] = {20, 12};
	const struct build b = {"rust", make, NULL, LINES};
	struct symbol_frame frame;
	struct symbol_file *f;
	uint64_t start, size;
	struct image *i;

	if (!build_make(&b))
		return;
	f = program_open("program", 0, &i);
	symbol_place("work.*total", &start, &size);
	assert_int_equal(symbol_file_name(f, start, true, &frame, 1), 1);
	assert_true(name_is(&frame, chain[1]));
	assert_string_equal(frame.language, "rust");
	assert_int_equal(chain_exists(f, start, size, chain, lines, 2), has_lines);
	program_close(f, i);
}

static void test_rust(void **state)
{
	(void)state;
	if (!tool_exists("rustc"))
		skip();
	rust_check("rustc -g -O $S/symbol.rs -o full", true);
	rust_check("rustc -O -C strip=debuginfo $S/symbol.rs -o full", false);
	/* Its first mangling, and its second; which of them is the default depends on its age. */
	rust_check("rustc -g -O -C symbol-mangling-version=v0 $S/symbol.rs -o full", true);
	if (shell("export RUSTC_BOOTSTRAP=1; rustc -O -Zunstable-options "
		  "-C symbol-mangling-version=legacy $S/symbol.rs -o full"))
		rust_check("export RUSTC_BOOTSTRAP=1; rustc -O -Zunstable-options "
			   "-C symbol-mangling-version=legacy $S/symbol.rs -o full",
			false);
}

static bool frames_equal(
	const struct symbol_frame *a, size_t n, const struct symbol_frame *b, size_t m)
{
	for (size_t i = 0; i < n && i < m; i++)
		if (strcmp(a[i].function, b[i].function) || strcmp(a[i].file, b[i].file) ||
			a[i].line != b[i].line || a[i].inlined != b[i].inlined ||
			strcmp(b[i].language, "go") != 0)
			return false;
	return n == m;
}

/* At each address of a function. Returns at how many of them another is inlined. */
static size_t go_compare(
	struct symbol_file *whole, struct symbol_file *stripped, uint64_t start, uint64_t size)
{
	struct symbol_frame a[SYMBOL_INLINED_MAX], b[SYMBOL_INLINED_MAX];
	size_t inlined = 0;

	for (uint64_t address = start; address < start + size; address++) {
		size_t n = symbol_file_name(whole, address, true, a, SYMBOL_INLINED_MAX);
		size_t m = symbol_file_name(stripped, address, true, b, SYMBOL_INLINED_MAX);

		if (!frames_equal(a, n, b, m)) {
			frames_print(a, n);
			frames_print(b, m);
			fail_msg("%lx", address);
		}
		inlined += m > 1;
	}
	return inlined;
}

/* Go's own table in the stripped program says what debug information says of the whole one. */
static void go_check(const char *options, const char *linking)
{
	char *make, text[256], name[128];
	struct symbol_file *whole, *stripped;
	size_t functions = 0, inlined = 0;
	struct image *i, *j;
	uint64_t start, size;
	FILE *list;

	assert_true(asprintf(&make,
			    "rm -f full program* && export GO111MODULE=off "
			    "GOCACHE=${GOCACHE:-${HOME:-$PWD}/.cache/go-build}; "
			    "go build %s -ldflags '%s' -o full $S/symbol.go && "
			    "go build %s -ldflags '%s -s -w' -o program $S/symbol.go && "
			    "nm -S full | grep -i ' t ' >symbols",
			    options, linking, options, linking) > 0);
	assert_true(shell(make));
	free(make);
	whole = program_open("full", 0, &i);
	stripped = program_open("program", 0, &j);
	snprintf(text, sizeof(text), "%s/symbols", folder);
	list = fopen(text, "r");
	while (fgets(text, sizeof(text), list)) {
		/* Those of a simple name: the linker's own are not Go's. */
		if (sscanf(text, "%lx %lx %*s %127s", &start, &size, name) != 3 ||
			(strncmp(name, "main.", 5) && strncmp(name, "strings.", 8)))
			continue;
		functions++;
		inlined += go_compare(whole, stripped, start, size);
	}
	fclose(list);
	program_close(whole, i);
	program_close(stripped, j);
	assert_true(functions > 4 && inlined > 10);
}

static void test_go(void **state)
{
	(void)state;
	if (!tool_exists("go"))
		skip();
	go_check("", "");
	go_check("-buildmode=pie", "");
	/* By the C linker, which leaves addresses to the dynamic one. */
	go_check("-buildmode=pie", "-linkmode=external");
	if (tool_exists("ld.lld"))
		go_check("-buildmode=pie", "-linkmode=external -extldflags=-fuse-ld=lld");
}

/* The debug information of a container is below its own root, by build id. */
static void test_other_root(void **state)
{
	static const struct build b = {"c", "cc -g -O2 $S" C,
		SEPARATE
		"id=$(readelf -n full | sed -n 's/.*Build ID: //p') && "
		"mkdir -p root/usr/lib/debug/.build-id/${id%${id#??}} && "
		"mv program.debug root/usr/lib/debug/.build-id/${id%${id#??}}/${id#??}.debug",
		LINES};
	int ready[2], ended;
	char root[64], told = 0;
	pid_t child;

	(void)state;
	assert_true(build_make(&b));
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test ends before it */
		snprintf(root, sizeof(root), "%s/root", folder);
		told = (geteuid() == 0 || unshare(CLONE_NEWUSER) == 0) && chroot(root) == 0;
		if (write(ready[1], &told, 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &told, 1), 1);
	if (told) {
		struct image *i;
		struct symbol_frame frame;
		struct symbol_file *f = program_open("program", child, &i);
		uint64_t start, size;

		symbol_place(" outermost", &start, &size);
		assert_int_equal(symbol_file_name(f, start, true, &frame, 1), 1);
		assert_string_equal(frame.function, "outermost");
		assert_true(frame.line > 0);
		program_close(f, i);
	}
	kill(child, SIGKILL);
	waitpid(child, &ended, 0);
	close(ready[0]);
	close(ready[1]);
	if (!told)
		skip();
}

/* By the module that a process has mapped; twice, for the file is opened once. */
static void test_module(void **state)
{
	static const struct build b = {"c", "cc -g -O2 -no-pie $S" C, NULL, LINES};
	struct modules *modules = modules_new();
	struct symbols *symbols = symbols_new();
	struct symbol_frame frame;
	uint64_t start, size, linked, offset;
	struct module *m;
	struct stat s;
	char path[64];

	(void)state;
	assert_true(build_make(&b));
	symbol_place(" outermost", &start, &size);
	snprintf(path, sizeof(path), "%s/program", folder);
	assert_int_equal(stat(path, &s), 0);
	modules_note(modules, &(struct mapping){.pid = getpid(),
				      .start = start & -4096UL,
				      .length = 4096,
				      .offset = (start & -4096UL) - 0x400000,
				      .major = s.st_dev >> 8 & 0xfff,
				      .minor = s.st_dev & 0xff,
				      .inode = s.st_ino,
				      .path = path});
	m = modules_find(modules, getpid(), start + 1, &linked);
	assert_non_null(m);
	for (int n = 0; n < 2; n++) {
		assert_int_equal(symbol_name(symbols, m, linked, &frame, 1), 1);
		assert_string_equal(frame.function, "outermost");
	}
	symbol_place(" shared_lock", &start, &size);
	assert_string_equal(symbol_variable(symbols, m, start + 3, &offset), "shared_lock");
	assert_int_equal(offset, 3);
	assert_null(symbol_variable(symbols, m, 0, &offset));
	symbols_free(symbols);
	modules_free(modules);
}

/* Serves ./served to whoever asks, over HTTP, and counts. */
struct server {
	int listener;
	int asked;
};

static void *server_run(void *context)
{
	struct server *s = context;
	char request[2048], text[128];
	int client;

	while ((client = accept(s->listener, NULL, NULL)) >= 0) {
		ssize_t got = read(client, request, sizeof(request));
		int file;

		__atomic_add_fetch(&s->asked, got > 0, __ATOMIC_RELAXED);
		snprintf(text, sizeof(text), "%s/served", folder);
		file = open(text, O_RDONLY);
		dprintf(client,
			"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
			"Content-Length: %ld\r\nConnection: close\r\n\r\n",
			(long)lseek(file, 0, SEEK_END));
		lseek(file, 0, SEEK_SET);
		while ((got = read(file, request, sizeof(request))) > 0)
			if (write(client, request, got) != got)
				break;
		close(file);
		close(client);
	}
	return NULL;
}

static int server_listen(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(any);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&any, length), 0);
	assert_int_equal(listen(listener, 8), 0);
	return listener;
}

/* Names an address of ./program in a process of its own: libdw looks at the environment when it
 * is loaded. */
static bool names_elsewhere(const char *environment, uint64_t address)
{
	char *command;
	bool named;

	assert_true(asprintf(&command,
			    "env %s HOME=$PWD DEBUGINFOD_CACHE_PATH=$PWD/cache "
			    "%s --name $PWD/program %lx; status=$?; rm -rf cache; exit $status",
			    environment, self, address) > 0);
	named = shell(command);
	free(command);
	return named;
}

static void test_debuginfod(void **state)
{
	static const struct build b = {
		"c", "cc -g -O2 $S" C, SEPARATE "mv program.debug served", LINES};
	struct server s = {.listener = server_listen()};
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	uint64_t start, size;
	char setting[64];
	pthread_t thread;

	(void)state;
	/* libdw loads it if it is there. */
	if (!dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL))
		skip();
	assert_true(build_make(&b));
	symbol_place(" outermost", &start, &size);
	assert_int_equal(getsockname(s.listener, (struct sockaddr *)&address, &length), 0);
	assert_int_equal(pthread_create(&thread, NULL, server_run, &s), 0);
	assert_false(names_elsewhere("-u DEBUGINFOD_URLS", start));
	assert_false(names_elsewhere("DEBUGINFOD_URLS=", start));
	assert_int_equal(s.asked, 0);
	snprintf(setting, sizeof(setting), "DEBUGINFOD_URLS=http://127.0.0.1:%d",
		ntohs(address.sin_port));
	length = names_elsewhere(setting, start);
	shutdown(s.listener, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(s.listener);
	assert_true(length);
	assert_true(s.asked > 0);
}

static int name_main(const char *path, const char *address)
{
	struct image *i = image_open(path);
	struct symbol_file *f = i ? symbol_file_open(i, path, 0, true) : NULL;
	struct symbol_frame frame;
	bool named = f && symbol_file_name(f, strtoull(address, NULL, 16), true, &frame, 1) == 1 &&
		     frame.line > 0 && strcmp(frame.function, "outermost") == 0;

	program_close(f, i);
	return named ? 0 : 1;
}

/* Damage: whatever it says, it ends. The bytes are the same in every run. */
static void test_damage(void **state)
{
	static const struct build b = {"c", "cc -g -O2 $S" C, NULL, LINES};
	uint64_t start, size;
	unsigned int seed = 1;

	(void)state;
	assert_true(build_make(&b));
	symbol_place(" outermost", &start, &size);
	for (int round = 0; round < 40; round++) {
		char path[64];
		struct image *i;
		struct symbol_file *f;
		struct symbol_frame frames[SYMBOL_INLINED_MAX];
		struct stat s;
		int fd;

		assert_true(shell("cp full program"));
		snprintf(path, sizeof(path), "%s/program", folder);
		fd = open(path, O_RDWR);
		assert_int_equal(fstat(fd, &s), 0);
		for (int n = 0; n < 60; n++) {
			char byte = rand_r(&seed);

			/* Behind the code: sections and their headers. */
			assert_int_equal(
				pwrite(fd, &byte, 1, 0x3000 + rand_r(&seed) % (s.st_size - 0x3000)),
				1);
		}
		if (round % 4 == 0)
			assert_int_equal(ftruncate(fd, s.st_size * (round + 1) / 41), 0);
		close(fd);
		i = image_open(path);
		f = i ? symbol_file_open(i, path, 0, true) : NULL;
		for (uint64_t n = 0; f && n < size; n++)
			symbol_file_name(f, start + n, true, frames, SYMBOL_INLINED_MAX);
		program_close(f, i);
	}
}

static int folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
	(void)state;
	return shell("cd / && rm -rf \"$OLDPWD\"") ? 0 : 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builds),
		cmocka_unit_test(test_addr2line),
		cmocka_unit_test(test_rust),
		cmocka_unit_test(test_go),
		cmocka_unit_test(test_other_root),
		cmocka_unit_test(test_module),
		cmocka_unit_test(test_debuginfod),
		cmocka_unit_test(test_damage),
	};

	if (argc == 4 && strcmp(argv[1], "--name") == 0)
		return name_main(argv[2], argv[3]);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
