/*
 * Names where a file by itself does not tell them: by the module that a process has mapped, and by
 * debug information that lies below another root or with a server.
 */
#include "probe/mapping.h"
#include "probe/module.h"
#include "probe/module_file.h"
#include "probe/symbol.h"

#include "symbol_specimen.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char self[256];

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

/* Nobody is to be asked for what lies in no folder: its client, and thirty libraries with it, are
 * not loaded. */
static int vdso_main(void)
{
	struct image *i = module_file_vdso();
	struct symbol_file *f = i ? symbol_file_open(i, "[vdso]", 0, true) : NULL;
	bool loaded = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_NOLOAD) != NULL;

	program_close(f, i);
	return f && !loaded ? 0 : 1;
}

static void test_vdso(void **state)
{
	char *command;

	(void)state;
	assert_true(asprintf(&command, "env -u DEBUGINFOD_URLS %s --vdso", self) > 0);
	assert_true(shell(command));
	free(command);
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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_root),
		cmocka_unit_test(test_module),
		cmocka_unit_test(test_debuginfod),
		cmocka_unit_test(test_vdso),
	};

	if (argc == 2 && strcmp(argv[1], "--vdso") == 0)
		return vdso_main();
	if (argc == 4 && strcmp(argv[1], "--name") == 0)
		return name_main(argv[2], argv[3]);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	return cmocka_run_group_tests_name("symbol", tests, folder_make, folder_remove);
}
