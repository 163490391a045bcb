/*
 * A program whose chain of calls is known: each function notes where it returns to, and the
 * innermost one sends a signal, at which the test, its tracer, reads the notes and the stack.
 *
 *   unwind WHAT    plain, callback, alloca, aligned, signal, restorer, altstack, thread, generated,
 * steps
 */
#define _GNU_SOURCE /* the registers by name */
#include <alloca.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define NOTES 32

struct notes {
	uint64_t count;
	struct note {
		uint64_t address;
		uint64_t
			interrupted; /* the address is a function's start: it was somewhere in it */
	} rows[NOTES];               /* outermost first */
};

struct notes notes;

#define NOTE_AT(at, exactly) (notes.rows[notes.count++] = (struct note){(uintptr_t)(at), exactly})
#define NOTE() NOTE_AT(__builtin_return_address(0), 0)

/* Neither inlined nor, with STAY() at its end, left by a jump: a frame each. */
#define FRAME __attribute__((noinline))
#define STAY() __asm__ volatile("" ::: "memory")

static volatile int depth_sink;
__attribute__((visibility("hidden"))) volatile int go_on;

FRAME static void stop(void)
{
	NOTE();
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1);
	STAY();
}

FRAME static int inner(int n)
{
	volatile char room[40];

	NOTE();
	memset((char *)room, n, sizeof(room));
	stop();
	STAY();
	return room[3];
}

FRAME static int middle(int n)
{
	NOTE();
	depth_sink = inner(n + 1) + inner != 0;
	STAY();
	return depth_sink;
}

/* Many variables, so that all registers are saved. */
FRAME static int busy(int n)
{
	int a = n * 3, b = n ^ 5, c = n + 7, d = n - 9, e = n * n, f = ~n;

	NOTE();
	for (int i = 0; i < n; i++) {
		a += b * i;
		b ^= c;
		c += d - e;
		e += f * a;
	}
	depth_sink = middle(a + b);
	STAY();
	return a + b + c + d + e + f + depth_sink;
}

FRAME static int compare(const void *a, const void *b)
{
	static int once;

	if (!once++) {
		NOTE();
		busy(*(const int *)a);
	}
	STAY();
	return *(const int *)a - *(const int *)b;
}

FRAME static void run_callback(void)
{
	int rows[] = {3, 1, 2};

	NOTE();
	qsort(rows, 3, sizeof(rows[0]), compare);
	STAY();
}

FRAME static void run_plain(void)
{
	NOTE();
	busy(3);
	STAY();
}

FRAME static void run_alloca(void)
{
	char *room = alloca(100 + notes.count * 8);

	NOTE();
	memset(room, 1, 100);
	busy(room[3]);
	STAY();
}

/* The stack is realigned, and of variable size besides. */
FRAME static void run_aligned(void)
{
	_Alignas(128) volatile char room[256];
	char *more = alloca(notes.count * 24 + 8);

	NOTE();
	memset((char *)room, 1, sizeof(room));
	memset(more, 1, 8);
	busy(room[3] + more[1] + ((uintptr_t)room % 128 != 0));
	STAY();
}

void own_restorer(void);

/* As in a C library that has no frame information for it. */
__asm__(".text\nown_restorer: mov $15, %rax\n\tsyscall\n");

static int restorer_is_own;

FRAME static void on_signal(int number, siginfo_t *info, void *context)
{
	const ucontext_t *interrupted = context;

	(void)number, (void)info;
	/* What spin() returns to, which it cannot note itself, and where it was. */
	NOTE_AT(*(const uint64_t *)interrupted->uc_mcontext.gregs[REG_RSP], 0);
	NOTE_AT(interrupted->uc_mcontext.gregs[REG_RIP], 1);
	if (restorer_is_own) /* the C library's own is not known by name */
		NOTE_AT(own_restorer, 1);
	busy(2);
	go_on = 1;
}

/* A leaf without a frame of its own, without frame information, whatever the build. */
__asm__(".text\n.globl spin\n.type spin, @function\n"
	"spin: cmpl $0, go_on(%rip)\n\tje spin\n\tret\n.size spin, . - spin\n");
void spin(void);

FRAME static void call_spin(void)
{
	NOTE();
	spin();
	STAY();
}

static void action_set(int flags)
{
	const struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | flags};
	const struct {
		void (*handler)(int, siginfo_t *, void *);
		unsigned long flags;
		void (*restorer)(void);
		unsigned long mask;
	} action_own = {on_signal, SA_SIGINFO | 0x04000000, own_restorer, 0}; /* SA_RESTORER */

	if (restorer_is_own)
		syscall(SYS_rt_sigaction, SIGALRM, &action_own, NULL, 8);
	else
		sigaction(SIGALRM, &action, NULL);
}

FRAME static void run_signal(int flags)
{
	const struct itimerval soon = {.it_value = {.tv_usec = 20000}};

	NOTE();
	action_set(flags);
	setitimer(ITIMER_REAL, &soon, NULL);
	call_spin();
	STAY();
}

FRAME static void run_altstack(void)
{
	const stack_t other = {.ss_sp = malloc(65536), .ss_size = 65536};

	NOTE();
	sigaltstack(&other, NULL);
	run_signal(SA_ONSTACK);
	STAY();
}

FRAME static void *thread_main(void *context)
{
	(void)context;
	NOTE();
	busy(3);
	STAY();
	return NULL;
}

FRAME static void run_thread(void)
{
	pthread_t thread;

	notes.count = 0; /* the chain begins in the thread */
	pthread_create(&thread, NULL, thread_main, NULL);
	pthread_join(thread, NULL);
	STAY();
}

FRAME static void called_back(void)
{
	NOTE();
	busy(3);
	STAY();
}

/* push %rbp; mov %rsp, %rbp; call *%rdi; pop %rbp; ret */
FRAME static void run_generated(void)
{
	static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
	void *area = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void (*generated)(void (*)(void));

	NOTE();
	memcpy(area, code, sizeof(code));
	memcpy(&generated, &area, sizeof(area));
	generated(called_back);
	STAY();
}

FRAME static int compare_plain(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

FRAME static int steps_deep(int n)
{
	int a = n * 3, b = n ^ 5, c = n + 7;
	int result = n > 0 ? steps_deep(n - 1) : 0;

	STAY();
	return a + b + c + result;
}

/* To be single-stepped, from one stop to the next: prologues, epilogues, stubs of the linkage
 * table, the dynamic linker at its first binding, the kernel's vdso. */
FRAME static void run_steps(void)
{
	int rows[] = {3, 1, 2, 9, 8, 7};
	_Alignas(64) volatile char room[64];
	struct timespec now;
	char text[64];

	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1);
	depth_sink = steps_deep(5);
	qsort(rows, 6, sizeof(rows[0]), compare_plain);
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "%d %s %.3f", rows[0], "text", rows[1] / 3.0);
	room[0] = strtol("12", NULL, 10) + strlen(text) + ((uintptr_t)room % 64 != 0);
	free(malloc(room[0] + 1));
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1);
}

static void run_signal_plain(void)
{
	run_signal(0);
}

static void run_restorer(void)
{
	restorer_is_own = 1;
	run_signal(0);
	STAY();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} rows[] = {
		{"plain", run_plain},
		{"callback", run_callback},
		{"alloca", run_alloca},
		{"aligned", run_aligned},
		{"signal", run_signal_plain},
		{"restorer", run_restorer},
		{"altstack", run_altstack},
		{"thread", run_thread},
		{"generated", run_generated},
		{"steps", run_steps},
	};

	for (size_t i = 0; argc > 1 && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(argv[1], rows[i].name) == 0)
			rows[i].run();
	return 0;
}
