/*
 * truth: what really happened to a thread, by clocks that have nothing to do with the tool.
 *
 * CPU time is the thread's own clock, run-queue time the kernel's /proc/thread-self/schedstat;
 * what is left of the wall time is blocked time. A span of them is printed as one line of JSON,
 * which the tests compare with the report. A program includes this file once.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct truth {
	double wall_s, cpu_s, run_queue_s;
};

static double clock_s(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* The second number of schedstat: nanoseconds spent waiting for a CPU. */
static double run_queue_s(void)
{
	char text[128] = "";
	unsigned long long ran, waited = 0;
	int fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && read(fd, text, sizeof text - 1) > 0)
		sscanf(text, "%llu %llu", &ran, &waited);
	if (fd >= 0)
		close(fd);
	return waited / 1e9;
}

/* All of one instant: once more if the thread lost its CPU in between. */
static struct truth truth_now(void)
{
	struct truth now;

	do {
		now.wall_s = clock_s(CLOCK_MONOTONIC);
		now.run_queue_s = run_queue_s();
		now.cpu_s = clock_s(CLOCK_THREAD_CPUTIME_ID);
	} while (clock_s(CLOCK_MONOTONIC) - now.wall_s > 0.0002);
	return now;
}

/* For the first words of a thread: until then it has only run, or waited for a CPU. */
static inline struct truth truth_of_birth(void)
{
	struct truth now = truth_now();

	return (struct truth){.wall_s = now.wall_s - now.cpu_s - now.run_queue_s};
}

static void fail_if(int failed, const char *what)
{
	if (!failed)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	_exit(1);
}

/* One line about a thread between two instants; one write, so that threads do not mix their lines.
 * exit_s: how long the thread's end took after that. */
static inline void truth_line(
	const char *what, long tid, struct truth from, struct truth to, double exit_s)
{
	double wall = to.wall_s - from.wall_s, cpu = to.cpu_s - from.cpu_s;
	double run_queue = to.run_queue_s - from.run_queue_s;
	char line[256];
	int size = snprintf(line, sizeof line,
		"{\"what\": \"%s\", \"pid\": %d, \"tid\": %ld, \"wall_s\": %.9f, \"cpu_s\": %.9f,"
		" \"run_queue_s\": %.9f, \"blocked_s\": %.9f, \"exit_s\": %.9f}\n",
		what, getpid(), tid, wall, cpu, run_queue, wall - cpu - run_queue, exit_s);

	fail_if(write(STDOUT_FILENO, line, size) != size, "write");
}

/* This thread, until now. */
static inline void truth_print(const char *what, struct truth from)
{
	truth_line(what, syscall(SYS_gettid), from, truth_now(), 0);
}

static double timeval_s(struct timeval t)
{
	return t.tv_sec + t.tv_usec / 1e6;
}

/* The CPU time of the whole process, or with RUSAGE_CHILDREN of children that were waited for. */
static inline void rusage_print(const char *what, int who)
{
	struct rusage u;
	char line[256];
	int size;

	getrusage(who, &u);
	size = snprintf(line, sizeof line,
		"{\"what\": \"%s\", \"user_s\": %.6f, \"kernel_s\": %.6f, \"voluntary\": %ld,"
		" \"involuntary\": %ld}\n",
		what, timeval_s(u.ru_utime), timeval_s(u.ru_stime), u.ru_nvcsw, u.ru_nivcsw);
	fail_if(write(STDOUT_FILENO, line, size) != size, "write");
}

static inline void sleep_s(double seconds)
{
	struct timespec t = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};

	while (nanosleep(&t, &t) != 0 && errno == EINTR)
		;
}

/* Computes for that much CPU time of this thread. */
static inline void compute_s(double seconds)
{
	double end = clock_s(CLOCK_THREAD_CPUTIME_ID) + seconds;
	volatile unsigned long sum = 0;

	while (clock_s(CLOCK_THREAD_CPUTIME_ID) < end)
		for (int i = 0; i < 100000; i++)
			sum += i;
}

static inline pthread_t thread_start(void *(*work)(void *), void *argument)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, work, argument);
	fail_if(errno != 0, "pthread_create");
	return thread;
}
