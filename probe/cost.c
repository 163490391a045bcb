/*
 * cost: CPU time of all who take part: on a busy machine the clock would tell how long one of them
 * waited for a CPU.
 *
 * Of nearly each the least of a few repetitions, for whatever else runs on the machine only ever
 * adds. All are what a program pays that does it through the C library: a language's runtime comes
 * on top.
 */
#include "cost.h"

#include "measurement.h"
#include "waking.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000LL
#define MIB (1 << 20)
#define LARGE (128 << 10) /* what malloc() has mappings of their own for */
#define REPETITIONS 16
#define BUDGET_NS 700000  /* by the clock: what took longer is repeated no more than once */
#define STARTS 8          /* threads in a repetition, all at once */
#define GROWTH_MIB 4      /* copying its page tables takes about as long as all else of a fork */
#define TOUCHED (MIB / 4) /* of that: as many pages as a fork has of other work */
#define PAGE 4096
#define ARITHMETIC_STEPS 100000
/* For each MiB: a cycle of 2.5 GHz for each of its 256 entries; its bytes at 100 GB/s, which no
 * CPU copies alone. */
#define FORK_LEAST_NS 100UL
#define COPY_LEAST_NS 10000
#define SIBLINGS_MAX 2
#define SIBLINGS_TRIES 3

/* Returns how long one repetition took, or a negative errno. */
typedef int64_t trial(void *context);

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* At least twice: the first finds caches cold and memory unmapped. 0: it failed. */
static uint64_t least_ns(trial *try, void *context)
{
	int64_t begun = clock_ns(CLOCK_MONOTONIC), least = INT64_MAX;

	for (int i = 0; i < REPETITIONS; i++) {
		int64_t ns = try(context);

		if (ns < 0)
			return 0;
		least = ns < least ? ns : least;
		if (i > 0 && clock_ns(CLOCK_MONOTONIC) - begun > BUDGET_NS)
			break;
	}
	return least;
}

static void semaphore_take(sem_t *s)
{
	while (sem_wait(s) < 0 && errno == EINTR)
		;
}

static void *thread_wait(void *context)
{
	semaphore_take(context);
	return NULL;
}

/* All are there at once, as those of a pool are: none gets the stack of one that has ended. */
static int64_t thread_try(void *context)
{
	int64_t begun = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	pthread_t threads[STARTS];
	int started = 0, error = 0;
	sem_t *end = context;

	for (; started < STARTS && !error; started += !error)
		error = pthread_create(&threads[started], NULL, thread_wait, end);
	for (int i = 0; i < started; i++)
		sem_post(end);
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return error ? -error : (clock_ns(CLOCK_PROCESS_CPUTIME_ID) - begun) / STARTS;
}

static uint64_t thread_start_ns(void)
{
	uint64_t ns;
	sem_t end;

	sem_init(&end, 0, 0);
	ns = least_ns(thread_try, &end);
	sem_destroy(&end);
	return ns;
}

/*
 * A fork whose child ends without a signal: whoever of us waits for SIGCHLD sees none, and where
 * SIGCHLD is ignored the child can be waited for all the same. The child may only make system
 * calls.
 */
static pid_t child_fork(void)
{
	return syscall(SYS_clone, 0, NULL, NULL, NULL, 0);
}

/* Returns its CPU time, or a negative errno. */
static int64_t child_await(pid_t pid)
{
	struct rusage used;
	pid_t got;

	do
		got = wait4(pid, NULL, __WALL, &used);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * NS_PER_S +
	       (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000LL;
}

/* Read, then written, as an interpreter looks at an object before it counts a reference to it:
 * where page tables are a hypervisor's, that takes three times as long as writing at once. */
static void pages_write(volatile char *memory)
{
	for (size_t at = 0; memory && at < TOUCHED; at += PAGE) {
		(void)memory[at + 1];
		memory[at] = 1;
	}
}

/* The parent's part comes one after the other, its children's side by side. */
struct forked {
	int64_t least_ns; /* 0: none yet */
	int64_t child_ns; /* of that, the child's */
};

static int64_t process_try(void *context)
{
	int64_t begun = clock_ns(CLOCK_THREAD_CPUTIME_ID), child_ns, all_ns;
	pid_t pid = child_fork();
	struct forked *f = context;

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return -errno;
	child_ns = child_await(pid);
	if (child_ns < 0)
		return child_ns;
	all_ns = child_ns + clock_ns(CLOCK_THREAD_CPUTIME_ID) - begun;
	if (f->least_ns == 0 || all_ns < f->least_ns)
		*f = (struct forked){all_ns, child_ns};
	return all_ns;
}

static _Noreturn void sibling_go(const int go[2], char *memory)
{
	char nothing;

	close(go[1]);
	if (read(go[0], &nothing, 1) == 0) /* the parent's end is closed: all are there */
		pages_write(memory);
	_exit(0);
}

/*
 * CPU time of so many children, all at once, that write to some of the parent's memory (NULL: to
 * none).
 */
static int64_t siblings_try(int count, char *memory)
{
	pid_t pids[SIBLINGS_MAX];
	int64_t sum = 0, used;
	int go[2], begun = 0;

	if (pipe2(go, O_CLOEXEC) < 0)
		return -errno;
	for (; begun < count; begun++) {
		pids[begun] = child_fork();
		if (pids[begun] == 0)
			sibling_go(go, memory);
		if (pids[begun] < 0)
			break;
	}
	close(go[1]);
	for (int i = 0; i < begun; i++) {
		used = child_await(pids[i]);
		sum = used < 0 || sum < 0 ? -ECHILD : sum + used;
	}
	close(go[0]);
	return begun < count ? -EAGAIN : sum;
}

/* The median: the least is when they happened to come one after the other. 0: it failed. */
static int64_t siblings_ns(int count, char *memory)
{
	int64_t sorted[SIBLINGS_TRIES] = {0};

	for (int i = 0; i < SIBLINGS_TRIES; i++) {
		int64_t ns = siblings_try(count, memory);
		int at = i;

		if (ns < 0)
			return 0;
		for (; at > 0 && sorted[at - 1] > ns; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = ns;
	}
	return sorted[SIBLINGS_TRIES / 2];
}

/*
 * What writing to some of the parent's memory costs a child, on average of one alone and one of two
 * at once, as workers of a pool that is being started are now and then. Where page tables are a
 * hypervisor's, they wait for each other: three times as long was seen. 0: not to be told.
 */
static int64_t copied_ns(char *memory)
{
	int64_t sum = 0;

	for (int count = 1; count <= SIBLINGS_MAX; count++) {
		int64_t idle_ns = siblings_ns(count, NULL), writing_ns = siblings_ns(count, memory);

		if (idle_ns == 0 || writing_ns <= idle_ns)
			return 0;
		sum += (writing_ns - idle_ns) / count;
	}
	return sum / SIBLINGS_MAX;
}

/* With that much more memory: a fork, and what children write to it. */
static void process_grow(uint64_t *ret_grown_ns, uint64_t *ret_copied_ns)
{

	size_t size = (size_t)GROWTH_MIB * MIB;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct forked grown = {0};

	if (memory == MAP_FAILED)
		return;
	/* A huge page has no page table to copy. */
	if (madvise(memory, size, MADV_NOHUGEPAGE) == 0 || errno == EINVAL) {
		memset(memory, 1, size);
		*ret_grown_ns = least_ns(process_try, &grown);
		*ret_copied_ns = (uint64_t)copied_ns(memory);
	}
	munmap(memory, size);
}

/* What was measured, the ring that it came through, and files of debug information: a fork copies
 * the page tables of all that is shared or can be written to. */
static bool is_copied(const char *mode)
{
	return mode[3] == 's' || strcmp(mode, "rw-p") == 0;
}

/*
 * Advises the kernel on our own memory, that a fork is not to copy it: only then is it the fork of
 * a small process, however much was measured. The child needs no more than its stack and the small
 * mappings of libraries.
 */
static void own_memory_advise(int advice)
{
	unsigned long low, high;
	char line[PATH_MAX], mode[5];
	FILE *maps = fopen("/proc/self/maps", "re");

	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %4s", &low, &high, mode) != 3)
			continue;
		if (is_copied(mode) && high - low >= LARGE && !strstr(line, "[stack]"))
			madvise((void *)low, high - low, advice);
	}
	if (maps)
		fclose(maps);
}

static void process_measure(struct measured_host *ret)
{
	uint64_t grown_ns = 0, copied_ns = 0;
	struct forked forked = {0};

	own_memory_advise(MADV_DONTFORK);
	ret->process_start_ns = least_ns(process_try, &forked);
	ret->process_child_ns = ret->process_start_ns ? (uint64_t)forked.child_ns : 0;
	process_grow(&grown_ns, &copied_ns);
	own_memory_advise(MADV_DOFORK);
	/* What is less drowned. */
	if (ret->process_start_ns && grown_ns > ret->process_start_ns + GROWTH_MIB * FORK_LEAST_NS)
		ret->fork_ns_per_mib = (grown_ns - ret->process_start_ns) / GROWTH_MIB;
	copied_ns *= MIB / TOUCHED;
	ret->copy_ns_per_mib = copied_ns > COPY_LEAST_NS ? copied_ns : 0;
}

/* From a child that writes as long as it is read from. */
struct stream {
	int from;
	char *to;        /* a MiB */
	clockid_t child; /* its CPU time */
};

static int64_t stream_cpu_ns(const struct stream *s)
{
	return clock_ns(s->child) + clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static int64_t stream_try(void *context)
{
	struct stream *s = context;
	int64_t begun = stream_cpu_ns(s);

	for (size_t got = 0; got < MIB;) {
		ssize_t more = read(s->from, s->to + got, MIB - got);

		if (more < 0 && errno == EINTR)
			continue;
		if (more <= 0)
			return -EPIPE;
		got += more;
	}
	return stream_cpu_ns(s) - begun;
}

static _Noreturn void stream_feed(int to, const char *from)
{
	while (write(to, from, MIB) > 0)
		;
	_exit(0);
}

static uint64_t stream_ns(char *memory)
{
	struct stream s = {.to = memory};
	int ends[2];
	uint64_t ns = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return 0;
	s.from = ends[0];
	pid = child_fork();
	if (pid == 0) {
		close(ends[0]);
		stream_feed(ends[1], memory);
	}
	close(ends[1]);
	if (pid > 0 && clock_getcpuclockid(pid, &s.child) == 0)
		ns = least_ns(stream_try, &s);
	close(ends[0]);
	if (pid > 0)
		child_await(pid);
	return ns;
}

static uint64_t pass_ns_per_mib(void)
{
	char *memory = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t ns;

	if (memory == MAP_FAILED)
		return 0;
	memset(memory, 1, MIB);
	ns = stream_ns(memory);
	munmap(memory, MIB);
	return ns;
}

static int64_t touch_try(void *nothing)
{
	char *memory =
		mmap(NULL, TOUCHED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int64_t begun = clock_ns(CLOCK_THREAD_CPUTIME_ID), ns;

	(void)nothing;
	if (memory == MAP_FAILED)
		return -ENOMEM;
	for (size_t at = 0; at < TOUCHED; at += PAGE)
		((volatile char *)memory)[at] = 1;
	ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - begun;
	munmap(memory, TOUCHED);
	return ns;
}

/* Of steps that each need the one before: neither memory nor the kernel take part. */
static int64_t arithmetic_try(void *nothing)
{
	int64_t begun = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	volatile uint64_t sink;
	uint64_t x = 88172645463325252;

	(void)nothing;
	for (int i = 0; i < ARITHMETIC_STEPS; i++)
		x = (x ^ x >> 31) * 6364136223846793005 + 1442695040888963407;
	sink = x;
	(void)sink;
	return clock_ns(CLOCK_THREAD_CPUTIME_ID) - begun;
}

void cost_measure(struct measured_host *ret)
{
	ret->arithmetic_ns = least_ns(arithmetic_try, NULL);
	ret->thread_start_ns = thread_start_ns();
	waking_measure(ret);
	process_measure(ret);
	ret->pass_ns_per_mib = pass_ns_per_mib();
	ret->touch_ns_per_mib = least_ns(touch_try, NULL) * (MIB / TOUCHED);
}
