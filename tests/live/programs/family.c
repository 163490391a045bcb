/*
 * family: processes that come about in unusual ways; each tells its truth.
 *
 * Usage: family exec-from-thread | double-fork | killed-threads
 */
#define _GNU_SOURCE
#include "truth.h"

#include <sys/wait.h>

static char *self;

/* A thread that is not the first executes: it takes over the pid, all others die. */
static void *exec_now(void *unused)
{
	(void)unused;
	sleep_s(0.2);
	execl(self, self, "executed", (char *)NULL);
	return NULL;
}

static void exec_from_thread(void)
{
	pthread_join(thread_start(exec_now, NULL), NULL);
}

static void executed(void)
{
	struct truth start = truth_now();

	sleep_s(0.3);
	compute_s(0.1);
	truth_print("executed", start);
	rusage_print("process", RUSAGE_SELF);
}

/* A grandchild whose parent is gone, and for which nobody waits but the pipe. */
static void double_fork(void)
{
	int done[2];
	char byte;

	fail_if(pipe(done) != 0, "pipe");
	if (fork() == 0) {
		struct truth born;

		if (fork() != 0)
			_exit(0);
		born = truth_of_birth();
		close(done[0]);
		sleep_s(0.3);
		compute_s(0.1);
		truth_print("grandchild", born);
		_exit(0);
	}
	close(done[1]);
	wait(NULL);
	fail_if(read(done[0], &byte, 1) != 0, "read");
}

static void *sleep_long(void *unused)
{
	(void)unused;
	sleep_s(100);
	return NULL;
}

/* Threads that are still asleep when the process ends. */
static void killed_threads(void)
{
	struct truth start = truth_now();

	for (int i = 0; i < 10; i++)
		thread_start(sleep_long, NULL);
	sleep_s(0.5);
	truth_print("first", start);
	_exit(0);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} kinds[] = {
		{"exec-from-thread", exec_from_thread},
		{"executed", executed},
		{"double-fork", double_fork},
		{"killed-threads", killed_threads},
	};

	self = argv[0];
	for (size_t i = 0; argc == 2 && i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(argv[1], kinds[i].name) == 0) {
			kinds[i].run();
			return 0;
		}
	}
	return 2;
}
