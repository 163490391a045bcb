/*
 * Chains of calls against those that a program has noted itself, in builds of many kinds; against a
 * shadow stack kept while single-stepping; and from bytes that are no stack at all.
 */
#include "probe/image.h"
#include "probe/mapping.h"
#include "probe/module.h"
#include "probe/unwind.h"

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
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
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

static const char *const scenes[] = {
	"plain", "callback", "alloca", "aligned", "signal", "restorer", "thread", "generated"};

static char folder[] = "/tmp/test-unwind-XXXXXX";

static char *specimen_path(size_t build)
{
	char *path;

	assert_true(asprintf(&path, "%s/%zu", folder, build) > 0);
	return path;
}

/* False: that compiler is not here. */
static bool specimen_build(size_t build)
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

static void mapping_take(void *context, const struct mapping *m)
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
static size_t stack_read(struct stopped *s, uint64_t sp)
{
	ssize_t got = pread(s->memory, s->stack, sizeof(s->stack), sp);

	return got > 0 ? got : 0;
}

static void registers_read(struct stopped *s)
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
static void run_to_signal(struct stopped *s)
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
static struct stopped *specimen_execute(size_t build, const char *scene)
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

static void state_read(struct stopped *s)
{
	assert_int_equal(mapping_scan(s->pid, mapping_take, s), 0);
	registers_read(s);
}

/* Up to where it has noted its chain. */
static struct stopped *specimen_start(size_t build, const char *scene)
{
	struct stopped *s = specimen_execute(build, scene);

	run_to_signal(s);
	state_read(s);
	return s;
}

/* After a failed test too. */
static int specimen_end(void **state)
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

static bool frame_is_in(const struct unwind_frame *f, const char *function)
{
	struct image_symbol symbol;

	return f->module && module_image(f->module) &&
	       image_find_symbol(module_image(f->module), function, &symbol) &&
	       f->address >= symbol.value && f->address < symbol.value + symbol.size;
}

static struct unwind_frame frame_at(struct stopped *s, uint64_t address)
{
	struct unwind_frame f;

	assert_true(modules_locate(s->modules, s->pid, address, &f.module, &f.address));
	return f;
}

static bool note_matches(
	struct stopped *s, const struct notes *n, size_t row, const struct unwind_frame *f)
{
	struct unwind_frame noted = frame_at(s, n->rows[row].address - !n->rows[row].exact);

	return f->module == noted.module && f->address == noted.address;
}

static void chain_print(const struct unwind_frame *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		print_message("  %s+%#llx\n",
			frames[i].module ? module_path(frames[i].module) : "generated",
			(unsigned long long)frames[i].address);
}

static struct notes notes_read(struct stopped *s)
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

/* Every note is in the chain, in its order. */
static void notes_follow(struct stopped *s, const struct unwind_frame *frames, size_t count)
{
	struct notes n = notes_read(s);
	size_t left = n.count;

	for (size_t at = 0; at < count && left > 0; at++)
		left -= note_matches(s, &n, left - 1, &frames[at]);
	if (left > 0)
		chain_print(frames, count);
	assert_int_equal(left, 0);
}

static void scene_check(size_t build, const char *scene)
{
	struct unwind_frame frames[FRAMES_MAX];
	struct stopped *s;
	bool truncated;
	size_t count;

	print_message("%s %s: %s\n", builds[build].compiler, builds[build].flags, scene);
	s = specimen_start(build, scene);
	count = unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated);
	notes_follow(s, frames, count);
	if (truncated)
		chain_print(frames, count);
	assert_false(truncated);
	if (strcmp(scene, "thread") != 0)
		assert_true(frame_is_in(&frames[count - 1], "_start"));
	specimen_end(NULL);
}

static void test_scenes(void **state)
{
	(void)state;
	for (size_t b = 0; b < sizeof(builds) / sizeof(builds[0]); b++) {
		if (!specimen_build(b))
			continue;
		for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
			scene_check(b, scenes[i]);
	}
}

/* A handler on a stack of its own: what lies below it was not copied, and it is said so. */
static void test_other_stack(void **state)
{
	struct unwind_frame frames[FRAMES_MAX];
	struct stopped *s;
	bool truncated;
	size_t count;

	(void)state;
	assert_true(specimen_build(0));
	s = specimen_start(0, "altstack");
	count = unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated);
	assert_true(truncated);
	assert_true(count >= 6 && frame_is_in(&frames[count - 1], "spin"));
	specimen_end(NULL);
}

/* As much of the stack as was copied is unwound, and it is said that it was cut. */
static void test_cut_stack(void **state)
{
	struct unwind_frame whole[FRAMES_MAX], cut[FRAMES_MAX];
	size_t count, whole_count, bytes;
	struct stopped *s;
	bool truncated;

	(void)state;
	assert_true(specimen_build(0));
	s = specimen_start(0, "plain");
	whole_count = unwind(s->modules, &s->input, whole, FRAMES_MAX, &truncated);
	bytes = s->input.stack_bytes;
	truncated = true;
	for (s->input.stack_bytes = 0; s->input.stack_bytes < bytes && truncated;
		s->input.stack_bytes++) {
		count = unwind(s->modules, &s->input, cut, FRAMES_MAX, &truncated);
		assert_in_range(count, 1, whole_count);
		assert_memory_equal(cut, whole, count * sizeof(cut[0]));
		assert_int_equal(truncated, count < whole_count);
	}
	assert_false(truncated);
	count = unwind(s->modules, &s->input, cut, 2, &truncated);
	assert_true(count == 2 && truncated);
	specimen_end(NULL);
}

/* A frame whose caller is itself: code that finds its frame by %rbp, which points to where it was
 * saved. */
static void test_endless(void **state)
{
	struct unwind_frame frames[FRAMES_MAX];
	uint64_t words[32] = {0};
	struct stopped *s;
	bool truncated;

	(void)state;
	assert_true(specimen_build(0));
	s = specimen_start(0, "plain");
	unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated);
	assert_true(frame_is_in(&frames[2], "inner"));
	s->input.registers.ip = s->bias + frames[2].address + 1;
	s->input.registers.bp = s->input.registers.sp + 64;
	words[8] = s->input.registers.bp;
	words[9] = s->input.registers.ip;
	s->input.stack = words;
	s->input.stack_bytes = sizeof(words);
	assert_int_equal(unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated), 2);
	assert_true(truncated);
}

static size_t build_without_information(void)
{
	size_t build = 0;

	while (!builds[build].frame_pointers_only)
		build++;
	assert_true(specimen_build(build));
	return build;
}

/* A return address on top of the stack, but from another function: the frame pointer holds. */
static void test_no_leaf(void **state)
{
	struct stopped *s = specimen_start(build_without_information(), "plain");
	struct unwind_frame frames[FRAMES_MAX], caller;
	struct notes n = notes_read(s);
	uint64_t words[32] = {n.rows[1].address}; /* called busy() */
	bool truncated;
	size_t count;

	(void)state;
	assert_true(n.count >= 5);
	/* In inner(), which stop() was to return to, as called by middle(). */
	s->input.registers.ip = n.rows[n.count - 1].address;
	s->input.registers.bp = s->input.registers.sp + 64;
	words[9] = n.rows[n.count - 2].address;
	s->input.stack = words;
	s->input.stack_bytes = sizeof(words);
	count = unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated);
	caller = frame_at(s, words[9] - 1);
	assert_true(count >= 2 && frame_is_in(&frames[0], "inner"));
	assert_ptr_equal(frames[1].module, caller.module);
	assert_int_equal(frames[1].address, caller.address);
}

/* What a processor would keep of calls, beside the stack. */
struct shadow {
	struct unwind_frame frames[FRAMES_MAX]; /* outermost first */
	size_t count;
};

static uint64_t word_at(const struct stopped *s, uint64_t address)
{
	uint64_t word, at = address - s->input.registers.sp;

	assert_true(at + sizeof(word) <= s->input.stack_bytes);
	memcpy(&word, s->stack + at, sizeof(word));
	return word;
}

/* One instruction on; calls and returns are told by what they do to the stack. False: the program
 * has sent itself the second signal. */
static bool step(struct stopped *s, struct shadow *shadow)
{
	struct wire_registers before = s->input.registers;
	uint64_t top = word_at(s, before.sp), pushed;
	int status;

	assert_int_equal(ptrace(PTRACE_SINGLESTEP, s->tid, NULL, 0), 0);
	assert_int_equal(waitpid(s->tid, &status, __WALL), s->tid);
	assert_true(WIFSTOPPED(status));
	registers_read(s);
	if (s->input.registers.sp == before.sp + 8 && s->input.registers.ip == top)
		shadow->count--;
	if (s->input.registers.sp != before.sp - 8)
		return WSTOPSIG(status) != SIGUSR1;
	pushed = word_at(s, s->input.registers.sp);
	if (pushed > before.ip && pushed <= before.ip + 7 && s->input.registers.ip != pushed)
		shadow->frames[shadow->count++] = frame_at(s, pushed - 1);
	return true;
}

static bool chain_is(const struct shadow *shadow, const struct unwind_frame *frames, size_t count)
{
	if (count != shadow->count + 1)
		return false;
	for (size_t i = 1; i < count; i++)
		if (frames[i].module != shadow->frames[shadow->count - i].module ||
			frames[i].address != shadow->frames[shadow->count - i].address)
			return false;
	return true;
}

static void steps_check(size_t build)
{
	struct unwind_frame frames[FRAMES_MAX];
	struct shadow shadow = {0};
	size_t count, steps = 0;
	struct stopped *s;
	bool truncated;

	print_message("%s %s\n", builds[build].compiler, builds[build].flags);
	s = specimen_start(build, "steps");
	count = unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated);
	assert_false(truncated);
	for (size_t i = count - 1; i > 0; i--)
		shadow.frames[shadow.count++] = frames[i];
	for (; step(s, &shadow); steps++) {
		count = unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated);
		if (truncated || !chain_is(&shadow, frames, count))
			chain_print(frames, count);
		assert_true(!truncated && chain_is(&shadow, frames, count));
	}
	assert_true(steps > 1000);
	specimen_end(NULL);
}

/* At every single instruction: prologues and epilogues, linkage stubs, the dynamic linker, [vdso].
 */
static void test_steps(void **state)
{
	(void)state;
	for (size_t b = 0; b < sizeof(builds) / sizeof(builds[0]); b++)
		if (!builds[b].frame_pointers_only && specimen_build(b))
			steps_check(b);
}

/* From the first instruction on: the code at which the kernel begins has no frame information. */
static void test_start(void **state)
{
	struct unwind_frame frames[FRAMES_MAX];
	struct shadow shadow = {0};
	struct stopped *s;
	bool truncated;
	size_t count;

	(void)state;
	assert_true(specimen_build(0));
	s = specimen_execute(0, "plain");
	state_read(s);
	for (int n = 0; n < 2000; n++) {
		count = unwind(s->modules, &s->input, frames, FRAMES_MAX, &truncated);
		assert_true(!truncated && chain_is(&shadow, frames, count));
		step(s, &shadow);
	}
	assert_true(shadow.count > 0);
}

/* Marsaglia's xorshift: the same numbers each time. */
static uint64_t chance(void)
{
	static uint64_t n = 88172645463325252ULL;

	n ^= n << 13;
	n ^= n >> 7;
	return n ^= n << 17;
}

struct places {
	struct modules *modules;
	struct mapping rows[64];
	size_t count;
};

static void place_note(void *context, const struct mapping *m)
{
	struct places *p = context;

	modules_note(p->modules, m);
	if (p->count < sizeof(p->rows) / sizeof(p->rows[0]))
		p->rows[p->count++] = *m;
}

/* What could pass for a return address, for a frame pointer, or for nothing. */
static uint64_t word_made(const struct places *p, uint64_t sp)
{
	const struct mapping *m = &p->rows[chance() % p->count];

	switch (chance() % 4) {
	case 0:
		return m->start + chance() % m->length;
	case 1:
		return sp + chance() % WIRE_STACK_BYTES;
	case 2:
		return chance() % 100 ? sp + chance() % 64 * 8 : UINT64_MAX - chance() % 64;
	}
	return chance() >> chance() % 64;
}

static void test_hostile_bytes(void **state)
{
	static uint64_t stack[WIRE_STACK_BYTES / 8];
	struct places p = {.modules = modules_new()};
	struct unwind_frame frames[FRAMES_MAX];
	size_t longest = 0;
	bool truncated;

	(void)state;
	assert_int_equal(mapping_scan(getpid(), place_note, &p), 0);
	for (size_t round = 0; round < 20000; round++) {
		uint64_t sp =
			chance() % 50 ? 0x7fff00000000 + chance() % 512 * 8 : word_made(&p, 0);
		struct unwind_input in = {.pid = getpid(), .stack = stack};
		uint64_t registers[sizeof(in.registers) / sizeof(uint64_t)];
		size_t count;

		in.stack_bytes = chance() % sizeof(stack);
		for (size_t i = 0; i < in.stack_bytes / 8; i++)
			stack[i] = word_made(&p, sp);
		for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
			registers[i] = word_made(&p, sp);
		memcpy(&in.registers, registers, sizeof(registers));
		in.registers.sp = in.stack_start = sp;
		count = unwind(p.modules, &in, frames, FRAMES_MAX, &truncated);
		assert_true(count <= FRAMES_MAX);
		longest = count > longest ? count : longest;
	}
	assert_true(longest > 3); /* else nothing was tried */
	modules_free(p.modules);
}

static int folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
	char *command;
	int status;

	(void)state;
	if (asprintf(&command, "rm -r %s", folder) < 0)
		return -1;
	status = system(command);
	free(command);
	return status;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_scenes, specimen_end),
		cmocka_unit_test_teardown(test_other_stack, specimen_end),
		cmocka_unit_test_teardown(test_cut_stack, specimen_end),
		cmocka_unit_test_teardown(test_endless, specimen_end),
		cmocka_unit_test_teardown(test_no_leaf, specimen_end),
		cmocka_unit_test_teardown(test_steps, specimen_end),
		cmocka_unit_test_teardown(test_start, specimen_end),
		cmocka_unit_test(test_hostile_bytes),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
