/*
 * How long unwinding takes: per frame when its place is known, and the first time. Of this program
 * itself, below a recursion, or of a running one: unwind [PID] (its first thread is held for a
 * moment; its chain is printed).
 */
#include "probe/unwind.h"
#include "probe/mapping.h"
#include "probe/module.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define DEPTH 30
#define ROUNDS 100000
#define RUNS 5
#define FRAMES_MAX 256

static unsigned char stack[WIRE_STACK_BYTES];

static double computed_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* it does not wait */
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t stack_copy(int pid, uint64_t sp)
{
	char path[64];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : pread(fd, stack, sizeof(stack), (off_t)sp);
	close(fd);
	return got > 0 ? (size_t)got : 0;
}

__attribute__((noinline)) static int own_input(struct unwind_input *ret, int depth)
{
	static ucontext_t u; /* not in each frame */
	greg_t *r = u.uc_mcontext.gregs;
	int below = 0;

	if (depth > 0) {
		below = own_input(ret, depth - 1);
		__asm__ volatile("" ::: "memory"); /* no jump, but a call */
		return below + 1;
	}
	getcontext(&u);
	ret->pid = getpid();
	ret->registers = (struct wire_registers){.ip = (uint64_t)r[REG_RIP],
		.sp = (uint64_t)r[REG_RSP],
		.bp = (uint64_t)r[REG_RBP],
		.bx = (uint64_t)r[REG_RBX],
		.r12 = (uint64_t)r[REG_R12],
		.r13 = (uint64_t)r[REG_R13],
		.r14 = (uint64_t)r[REG_R14],
		.r15 = (uint64_t)r[REG_R15]};
	ret->stack_start = ret->registers.sp;
	ret->stack_bytes = stack_copy(ret->pid, ret->stack_start);
	return 0;
}

static int other_input(struct unwind_input *ret, int pid)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0 ||
		ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0 || waitpid(pid, NULL, __WALL) < 0 ||
		ptrace(PTRACE_GETREGS, pid, NULL, &r) < 0)
		return -1;
	ret->pid = pid;
	ret->registers =
		(struct wire_registers){r.rip, r.rsp, r.rbp, r.rbx, r.r12, r.r13, r.r14, r.r15};
	ret->stack_start = r.rsp;
	ret->stack_bytes = stack_copy(pid, ret->stack_start);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return 0;
}

static void note(void *context, const struct mapping *m)
{
	modules_note(context, m);
}

static void chain_print(const struct unwind_frame *frames, size_t count, bool truncated)
{
	for (size_t i = 0; i < count; i++)
		printf("%s+%#llx\n", frames[i].module ? module_path(frames[i].module) : "generated",
			(unsigned long long)frames[i].address);
	printf("%s\n", truncated ? "(truncated)" : "(outermost)");
}

int main(int argc, char **argv)
{
	struct unwind_input in = {.stack = stack};
	struct unwind_frame frames[FRAMES_MAX];
	struct modules *m = modules_new();
	double begin, first, best = 0;
	bool truncated;
	size_t count;

	if (argc > 1 ? other_input(&in, atoi(argv[1])) < 0 : own_input(&in, DEPTH) < 0) {
		perror("unwind");
		return 1;
	}
	mapping_scan(in.pid, note, m);
	begin = computed_s();
	count = unwind(m, &in, frames, FRAMES_MAX, &truncated);
	first = computed_s() - begin;
	if (argc > 1)
		chain_print(frames, count, truncated);
	for (int run = 0; run < RUNS; run++) {
		double took;

		begin = computed_s();
		for (int i = 0; i < ROUNDS; i++)
			count = unwind(m, &in, frames, FRAMES_MAX, &truncated);
		took = computed_s() - begin;
		best = run == 0 || took < best ? took : best;
	}
	printf("%zu frames%s: first %.0f us, then %.2f us, %.0f ns a frame\n", count,
		truncated ? " (truncated)" : "", first * 1e6, best / ROUNDS * 1e6,
		best / ROUNDS * 1e9 / (double)count);
	modules_free(m);
	return 0;
}
