/* What concurrency costs here is timed, and nothing of it is left behind. */
#include "probe/cost.h"
#include "probe/measurement.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define US 1000
#define MS 1000000
#define TRIES 20 /* a machine that is busy with other things can hide what a fork copies */

/* Of what can be hidden, each as soon as it is seen. */
static struct measured_host measured(void)
{
	struct measured_host h = {0};
	uint64_t fork_ns = 0, copy_ns = 0;

	for (int i = 0; i < TRIES && !(fork_ns && copy_ns); i++) {
		memset(&h, 0, sizeof(h));
		cost_measure(&h);
		fork_ns = fork_ns ? fork_ns : h.fork_ns_per_mib;
		copy_ns = copy_ns ? copy_ns : h.copy_ns_per_mib;
	}
	h.fork_ns_per_mib = fork_ns;
	h.copy_ns_per_mib = copy_ns;
	return h;
}

/* ThreadSanitizer slows what it watches 5 to 15 times, by its manual. */
#ifdef __SANITIZE_THREAD__
#define SLOWER 15
#else
#define SLOWER 1
#endif

/* Far beyond what any machine takes, so that one that is busy passes too. */
static void test_all_costs_are_known_and_possible(void **state)
{
	struct measured_host h = measured();

	(void)state;
	/* A multiplication takes three cycles or four, and a cycle 0.1 to 2 ns. */
	assert_in_range(h.arithmetic_ns, 30 * US, 5 * MS * SLOWER);
	assert_in_range(h.thread_start_ns, 1 * US, 5 * MS * SLOWER);
	assert_in_range(h.process_start_ns, 5 * US, 50 * MS * SLOWER);
	assert_in_range(h.fork_ns_per_mib, US / 10, 5 * MS * SLOWER);
	/* 256 pages, of which the kernel clears or copies each: some 100 ns at the least. What
	 * ThreadSanitizer does itself in a forked child takes milliseconds, and can drown it. */
	if (SLOWER == 1 || h.copy_ns_per_mib > 0)
		assert_in_range(h.copy_ns_per_mib, 10 * US, 50 * MS * SLOWER);
	assert_in_range(h.wakeup_ns, US / 10, 5 * MS * SLOWER);
	assert_in_range(h.waking_ns, US / 10, 5 * MS * SLOWER);
	assert_in_range(h.pass_ns_per_mib, 10 * US, 50 * MS * SLOWER);
	assert_in_range(h.touch_ns_per_mib, 10 * US, 50 * MS * SLOWER);
}

/* The size of who measures is not in it: 32 MiB take some milliseconds to copy the page tables of.
 */
static void test_own_memory_is_not_counted(void **state)
{
	size_t size = 32 << 20;
	uint64_t small_ns = measured().process_start_ns;
	FILE *file = tmpfile();

	(void)state;
	assert_true(file && ftruncate(fileno(file), (off_t)size) == 0);
	for (int of_file = 0; of_file < 2; of_file++) {
		char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_POPULATE | (of_file ? 0 : MAP_ANONYMOUS),
			of_file ? fileno(file) : -1, 0);

		assert_true(memory != MAP_FAILED);
		madvise(memory, size, MADV_NOHUGEPAGE);
		memset(memory, 1, size);
		assert_true(measured().process_start_ns < 5 * small_ns);
		munmap(memory, size);
	}
	fclose(file);
}

static int descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static volatile sig_atomic_t told;

static void child_ended(int number)
{
	(void)number;
	told++;
}

static void test_nothing_is_left_behind(void **state)
{
	int before = descriptors();
	struct measured_host h = {0};

	(void)state;
	told = 0;
	signal(SIGCHLD, child_ended);
	cost_measure(&h);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(told, 0);
	assert_int_equal(descriptors(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_children_of_others_stay_theirs(void **state)
{
	struct measured_host h = {0};
	int status = 0, pid = fork();

	(void)state;
	if (pid == 0)
		_exit(7);
	cost_measure(&h);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 7);
}

/* As nohup and some shells start programs: children then vanish without being waited for. */
static void test_ignored_ends_of_children_do_no_harm(void **state)
{
	struct measured_host h;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	h = measured();
	signal(SIGCHLD, SIG_DFL);
	assert_in_range(h.process_start_ns, 5 * US, 50 * MS);
	assert_in_range(h.pass_ns_per_mib, 10 * US, 50 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_costs_are_known_and_possible),
		cmocka_unit_test(test_own_memory_is_not_counted),
		cmocka_unit_test(test_nothing_is_left_behind),
		cmocka_unit_test(test_children_of_others_stay_theirs),
		cmocka_unit_test(test_ignored_ends_of_children_do_no_harm),
	};

	return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
