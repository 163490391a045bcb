/*
 * overrun: does more of one thing than the tool keeps apart, and tells its CPU time.
 *
 * Usage: overrun futexes COUNT | fifos COUNT | chains THREADS SECONDS | waits THREADS SECONDS
 *        | nest DEPTH | threads COUNT A_SECOND | processes COUNT | commands COUNT | stay SECONDS
 *        | daemon | namespaces
 *
 * fifos are made in the working directory. In chains every wait is come to by another way. threads
 * come and go, each for one request, as many a second as were asked for; so do processes, one after
 * the other, and as commands two programs by turns.
 */
#define _GNU_SOURCE
#include "threads.h"

#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define MOMENT_NS 100000
#define LONG_NS 1200000 /* a wait that is sent by itself */
#define WAYS_DEPTH 26   /* 2^26 ways: more than are gone in any time */
#define WAYS_THREADS_MOST 64

static double end_s;

static void futexes(int count)
{
	static uint32_t words[1 << 16];
	const struct timespec moment = {.tv_nsec = MOMENT_NS};

	for (int i = 0; i < count; i++)
		syscall(SYS_futex, &words[i & 0xffff], FUTEX_WAIT_PRIVATE, 0, &moment, NULL, 0);
}

static void fifos(int count)
{
	const struct timespec moment = {.tv_nsec = MOMENT_NS};
	struct pollfd polled = {.events = POLLIN};
	char name[32];

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "fifo-%d", i);
		fail_if(mkfifo(name, 0600) != 0, "mkfifo");
		polled.fd = open(name, O_RDWR);
		fail_if(polled.fd < 0, "open");
		ppoll(&polled, 1, &moment, NULL);
		close(polled.fd);
	}
}

static __attribute__((noinline)) void way_left(unsigned int bits, int depth);
static __attribute__((noinline)) void way_right(unsigned int bits, int depth);

static void way_on(unsigned int bits, int depth)
{
	const struct timespec moment = {.tv_nsec = LONG_NS};

	if (depth == 0)
		nanosleep(&moment, NULL);
	else if (bits & 1)
		way_left(bits >> 1, depth - 1);
	else
		way_right(bits >> 1, depth - 1);
	__asm__ volatile("" ::: "memory"); /* no tail call */
}

static void way_left(unsigned int bits, int depth)
{
	way_on(bits, depth);
	__asm__ volatile("");
}

static void way_right(unsigned int bits, int depth)
{
	way_on(bits, depth);
	__asm__ volatile("nop");
}

/* Never the same way twice, and never another thread's. */
static void ways(int number)
{
	for (unsigned int i = 0; clock_s(CLOCK_MONOTONIC) < end_s; i++)
		way_on(i * WAYS_THREADS_MOST + number, WAYS_DEPTH);
}

static void *request_run(void *nothing)
{
	compute_s(0.0001);
	sleep_s(0.0002);
	return nothing;
}

static void threads(int count, double a_second)
{
	double start = clock_s(CLOCK_MONOTONIC);
	pthread_t thread;

	for (int i = 0; i < count; i++) {
		double ahead = start + i / a_second - clock_s(CLOCK_MONOTONIC);

		if (ahead > 0)
			sleep_s(ahead);
		fail_if(pthread_create(&thread, NULL, request_run, NULL) != 0, "pthread_create");
		fail_if(pthread_join(thread, NULL) != 0, "pthread_join");
	}
}

static void processes(int count)
{
	for (int i = 0; i < count; i++) {
		pid_t child = fork();

		fail_if(child < 0, "fork");
		if (child == 0) {
			request_run(NULL);
			_exit(0);
		}
		fail_if(waitpid(child, NULL, 0) != child, "waitpid");
	}
}

static void commands(int count)
{
	static char *const programs[] = {"/bin/true", "/bin/false"};
	char *none[] = {NULL}, *words[] = {NULL, NULL};
	pid_t child;

	for (int i = 0; i < count; i++) {
		words[0] = programs[i % 2];
		fail_if(posix_spawn(&child, words[0], NULL, NULL, words, none) != 0, "posix_spawn");
		fail_if(waitpid(child, NULL, 0) != child, "waitpid");
	}
}

static void wait_often(int number)
{
	const struct timespec moment = {.tv_nsec = LONG_NS};

	(void)number;
	while (clock_s(CLOCK_MONOTONIC) < end_s)
		nanosleep(&moment, NULL);
}

/* A child of a child and so on, the last of which computes. */
static void nest(int depth)
{
	if (depth == 0) {
		compute_s(0.1);
		sleep_s(3);
	} else if (fork() == 0) {
		nest(depth - 1);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
}

static void stay(double seconds)
{
	double end = clock_s(CLOCK_MONOTONIC) + seconds;

	while (clock_s(CLOCK_MONOTONIC) < end) {
		compute_s(0.002);
		sleep_s(0.01);
	}
}

/* As services do: away from the terminal, the session and the parent. */
static void become_daemon(void)
{
	if (fork() != 0)
		_exit(0);
	setsid();
	if (fork() != 0)
		_exit(0);
	fail_if(chdir("/") != 0, "chdir");
	compute_s(0.1);
	sleep_s(0.5);
}

static void namespaces(void)
{
	fail_if(unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC) != 0, "unshare");
	if (fork() == 0) { /* the first of its namespace of processes */
		compute_s(0.1);
		sleep_s(0.3);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
}

/* What threads do side by side until the end. NULL: that is none of it. */
static void (*beside_find(const char *what))(int number)
{
	return strcmp(what, "waits") == 0 ? wait_often : strcmp(what, "chains") == 0 ? ways : NULL;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	double number = argc > 2 ? atof(argv[2]) : 0;

	if (beside_find(what) && argc == 4) {
		end_s = clock_s(CLOCK_MONOTONIC) + atof(argv[3]);
		workers_run(number, beside_find(what));
		return 0;
	}
	if (strcmp(what, "threads") == 0 && argc == 4)
		threads(number, atof(argv[3]));
	else if (strcmp(what, "processes") == 0)
		processes(number);
	else if (strcmp(what, "commands") == 0)
		commands(number);
	else if (strcmp(what, "futexes") == 0)
		futexes(number);
	else if (strcmp(what, "fifos") == 0)
		fifos(number);
	else if (strcmp(what, "nest") == 0)
		nest(number);
	else if (strcmp(what, "stay") == 0)
		stay(number);
	else if (strcmp(what, "daemon") == 0)
		become_daemon();
	else if (strcmp(what, "namespaces") == 0)
		namespaces();
	else
		return 2;
	rusage_print("process", RUSAGE_SELF);
	rusage_print("children", RUSAGE_CHILDREN);
	return 0;
}
