/* Threads that the kernel schedules: what their files tell, from the first moment on. */
#include "probe/procfs/task.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TRIES 50

/* A child on this CPU, which it gets when this thread gives it up. */
static int child_start(void)
{
	int pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	assert_true(pid > 0);
	return pid;
}

static void child_end(int pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static uint64_t arrivals_of(int pid)
{
	const struct task t = {.pid = pid, .tid = pid};
	struct task_sched sched = {0};
	char text[256];

	if (!task_read_file(&t, "schedstat", text, sizeof(text)) || !task_text_sched(text, &sched))
		skip(); /* a kernel without it */
	return sched.arrivals;
}

static void one_cpu(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
}

/* A command is taken in before it runs: nothing is counted of it yet, and all is later. */
static void one_that_has_not_run_yet_is_told_in_nanoseconds(void **state)
{
	(void)state;
	if (arrivals_of(getpid()) == 0)
		skip(); /* the kernel has the file and no accounting */
	one_cpu();
	for (int n = 0; n < TRIES; n++) {
		int pid = child_start();
		struct task t;
		bool opened = task_open(&t, pid, pid), before = arrivals_of(pid) == 0;

		child_end(pid);
		assert_true(opened);
		assert_true(t.has_sched);
		task_close(&t);
		if (before)
			return;
	}
	fail_msg("in %d tries every child ran before it was looked at", TRIES);
}

static void one_that_is_gone_is_not_opened(void **state)
{
	int pid = child_start();
	struct task t;

	(void)state;
	child_end(pid);
	assert_false(task_open(&t, pid, pid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_has_not_run_yet_is_told_in_nanoseconds),
		cmocka_unit_test(one_that_is_gone_is_not_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
