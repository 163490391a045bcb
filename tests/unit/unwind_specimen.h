/*
 * unwind_specimen: specimen/unwind.c built in many ways, run to where its chain of calls is known,
 * and there what the kernel side would copy of it, for the tests of unwinding.
 */
#ifndef CONCADVISE_TEST_UNWIND_SPECIMEN_H
#define CONCADVISE_TEST_UNWIND_SPECIMEN_H

#include "probe/image.h"
#include "probe/mapping.h"
#include "probe/module.h"
#include "probe/unwind.h"

#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define FRAMES_MAX 128
#define NOTES_MAX 32 /* as in specimen/unwind.c */

struct notes {
	uint64_t count;
	struct {
		uint64_t address, exact;
	} rows[NOTES_MAX];
};

/* How the specimen is built: what is passed to the compiler. */
static const struct build {
	const char *compiler, *flags;
	bool frame_pointers_only; /* nothing else tells of frames */
} builds[] = {
	{"cc", "-O0", false},
	{"cc", "-O2", false},
	{"cc", "-O2 -fomit-frame-pointer -fcf-protection -Wl,-z,lazy", false},
	{"cc", "-O2 -fno-omit-frame-pointer", false},
	{"cc", "-O3 -g -no-pie", false},
	{"cc", "-O2 -static", false},
	{"cc", "-O2 -s -rdynamic -Wl,-z,now", false},
	{"cc", "-O2 -g -fno-asynchronous-unwind-tables -fno-exceptions", false},
	{"cc", "-O2 -g -gz=zlib -fno-asynchronous-unwind-tables -fno-exceptions", false},
	{"cc", "-O0 -fno-asynchronous-unwind-tables -fno-exceptions", true},
	{"cc", "-O2 -fno-asynchronous-unwind-tables -fno-exceptions -fno-omit-frame-pointer", true},
	{"clang", "-O2", false},
	{"clang", "-O2 -fuse-ld=lld -Wl,-z,now -fno-omit-frame-pointer", false},
};

static inline char *specimen_path(size_t build)
{
	char *path;

	assert_true(asprintf(&path, "%s/%zu", folder, build) > 0);
	return path;
}

/* False: that compiler is not here. */
static inline bool specimen_build(size_t build)
{
	const char *source = getenv("CONCADVISE_SOURCE");
	char *command, *path = specimen_path(build);
	int status;

	if (access(path, X_OK) == 0) {
		free(path);
		return true;
	}
	assert_true(asprintf(&command, "%s %s -o %s %s/tests/unit/specimen/unwind.c -pthread 2>&1",
			    builds[build].compiler, builds[build].flags, path,
			    source ? source : ".") > 0);
	status = system(command);
	if (status != 0)
		print_message("not built: %s\n", command);
	assert_true(status == 0 || strcmp(builds[build].compiler, "cc") != 0);
	free(command);
	free(path);
	return status == 0;
}

/* A program that stands still. */
struct stopped {
	pid_t pid, tid;
	char *path;
	int memory;
	struct modules *modules;
	uint64_t bias; /* of its own file */
	unsigned char stack[WIRE_STACK_BYTES];
	struct unwind_input input;
};

static struct stopped specimen; /* one at a time */

static inline void mapping_take(void *context, const struct mapping *m)
{
	struct stopped *s = context;

	modules_note(s->modules, m);
	if (strcmp(m->path, s->path) == 0) {
		struct image *i = image_open(m->path);

		assert_true(image_bias(i, m->start, m->offset, &s->bias));
		image_free(i);
	}
}

/* Up to the first page that cannot be read, as the kernel side does. */
static inline size_t stack_read(struct stopped *s, uint64_t sp)
{
	ssize_t got = pread(s->memory, s->stack, sizeof(s->stack), sp);

	return got > 0 ? got : 0;
}

static inline void registers_read(struct stopped *s)
{
	struct user_regs_struct r;

	assert_int_equal(ptrace(PTRACE_GETREGS, s->tid, NULL, &r), 0);
	s->input = (struct unwind_input){
		.pid = s->pid,
		.registers = {.ip = r.rip,
			.sp = r.rsp,
			.bp = r.rbp,
			.bx = r.rbx,
			.r12 = r.r12,
			.r13 = r.r13,
			.r14 = r.r14,
			.r15 = r.r15},
		.stack_start = r.rsp,
		.stack = s->stack,
		.stack_bytes = stack_read(s, r.rsp),
	};
}

/* Lets it run to its next SIGUSR1. */
static inline void run_to_signal(struct stopped *s)
{
	int status, number = 0;

	for (pid_t tid = s->tid;;) {
		assert_int_equal(ptrace(PTRACE_CONT, tid, NULL, number), 0);
		tid = waitpid(-1, &status, __WALL);
		assert_true(tid > 0 && WIFSTOPPED(status));
		number = WSTOPSIG(status);
		s->tid = tid;
		if (number == SIGUSR1)
			return;
		if (number == SIGTRAP || number == SIGSTOP) /* a thread starts */
			number = 0;
	}
}

/* Up to its first instruction, which is the dynamic linker's. */
static inline struct stopped *specimen_execute(size_t build, const char *scene)
{
	struct stopped *s = &specimen;
	char memory[64];
	int status;

	*s = (struct stopped){.path = specimen_path(build), .modules = modules_new()};
	s->pid = s->tid = fork();
	if (s->pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl(s->path, s->path, scene, NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	assert_true(WIFSTOPPED(status));
	ptrace(PTRACE_SETOPTIONS, s->pid, NULL, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
	snprintf(memory, sizeof(memory), "/proc/%d/mem", s->pid);
	s->memory = open(memory, O_RDONLY | O_CLOEXEC);
	assert_true(s->memory >= 0);
	return s;
}

static inline void state_read(struct stopped *s)
{
	assert_int_equal(mapping_scan(s->pid, mapping_take, s), 0);
	registers_read(s);
}

/* Up to where it has noted its chain. */
static inline struct stopped *specimen_start(size_t build, const char *scene)
{
	struct stopped *s = specimen_execute(build, scene);

	run_to_signal(s);
	state_read(s);
	return s;
}

/* After a failed test too. */
static inline int specimen_end(void **state)
{
	struct stopped *s = &specimen;
	int status;

	(void)state;
	if (!s->modules)
		return 0;
	kill(s->pid, SIGKILL);
	while (waitpid(-1, &status, __WALL) > 0 || errno == EINTR)
		;
	close(s->memory);
	modules_free(s->modules);
	free(s->path);
	s->modules = NULL;
	return 0;
}

static inline bool frame_is_in(const struct unwind_frame *f, const char *function)
{
	struct image_symbol symbol;

	return f->module && module_image(f->module) &&
	       image_find_symbol(module_image(f->module), function, &symbol) &&
	       f->address >= symbol.value && f->address < symbol.value + symbol.size;
}

static inline struct unwind_frame frame_at(struct stopped *s, uint64_t address)
{
	struct unwind_frame f;

	assert_true(modules_locate(s->modules, s->pid, address, &f.module, &f.address));
	return f;
}

static inline void chain_print(const struct unwind_frame *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		print_message("  %s+%#llx\n",
			frames[i].module ? module_path(frames[i].module) : "generated",
			(unsigned long long)frames[i].address);
}

static inline struct notes notes_read(struct stopped *s)
{
	struct image *i = image_open(s->path);
	struct image_symbol symbol;
	struct notes n;

	assert_non_null(i);
	assert_true(image_find_symbol(i, "notes", &symbol));
	image_free(i);
	assert_int_equal(pread(s->memory, &n, sizeof(n), s->bias + symbol.value), sizeof(n));
	assert_in_range(n.count, 1, NOTES_MAX);
	return n;
}

#endif
