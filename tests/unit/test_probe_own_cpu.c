/* own_cpu: beside a process that is bound, its CPUs are left alone, as long as there are others. */
#include "probe/own_cpu.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>
/* cmocka needs the above first. */
#include <cmocka.h>

#define CPUS_MOST 64

/* A child that may use the first `count` of these; none: as it is. */
static pid_t child_bound(const int *cpus, int count)
{
	pid_t pid = fork();
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int i = 0; i < count; i++)
		CPU_SET(cpus[i], &set);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	if (count > 0)
		assert_int_equal(sched_setaffinity(pid, sizeof(set), &set), 0);
	return pid;
}

static void child_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_the_cpus_of_a_bound_process_are_left_alone(void **state)
{
	int cpus[CPUS_MOST], left[CPUS_MOST], count = own_cpu_list(cpus, CPUS_MOST);
	pid_t bound = child_bound(cpus, 1);

	(void)state;
	own_cpu_keep_off(&bound, 1);
	if (count > 1) {
		assert_int_equal(own_cpu_list(left, CPUS_MOST), count - 1);
		assert_int_equal(left[0], cpus[1]);
	}
	own_cpu_return();
	assert_int_equal(own_cpu_list(left, CPUS_MOST), count);
	child_end(bound);
}

static void test_with_no_others_nothing_changes(void **state)
{
	int cpus[CPUS_MOST], left[CPUS_MOST], count = own_cpu_list(cpus, CPUS_MOST);
	pid_t pids[] = {child_bound(cpus, 1), child_bound(cpus, 0)};

	(void)state;
	own_cpu_keep_off(pids, 2);
	assert_int_equal(own_cpu_list(left, CPUS_MOST), count);
	own_cpu_return();
	assert_int_equal(own_cpu_list(left, CPUS_MOST), count);
	child_end(pids[0]);
	child_end(pids[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_cpus_of_a_bound_process_are_left_alone),
		cmocka_unit_test(test_with_no_others_nothing_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
