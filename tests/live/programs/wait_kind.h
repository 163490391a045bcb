/*
 * wait_kind: a way to block, as a row of a table; and the program that runs one row.
 *
 * The first thread prepares the wait, and blocks. A thread beside, the helper, sleeps for the time
 * asked and then ends that wait, where it does not end by itself. A program has one such table,
 * `kinds`, and ends in kinds_main().
 *
 * Usage: PROGRAM KIND SECONDS, or all SECONDS: every kind in a process of its own, side by side; or
 * list: every kind, with the state it is to be reported as.
 */
#include "truth.h"

#include <sys/wait.h>

struct kind {
	const char *name, *state;
	void (*make)(void); /* NULL: nothing to prepare */
	void (*wait)(void);
	void (*end)(void);  /* by the helper; NULL: the wait ends by itself, there is no helper */
	void (*hold)(void); /* what the helper takes before the wait begins; NULL: nothing */
};

static double seconds;
static pthread_t first_thread, helper_thread;
static pthread_barrier_t helper_ready;

static inline void end_none(void)
{
}

static void *help(void *argument)
{
	const struct kind *kind = argument;

	if (kind->hold)
		kind->hold();
	pthread_barrier_wait(&helper_ready);
	sleep_s(seconds);
	kind->end();
	return NULL;
}

static void kind_run(const struct kind *kind)
{
	struct truth start;

	first_thread = pthread_self();
	if (kind->make)
		kind->make();
	pthread_barrier_init(&helper_ready, NULL, 2);
	if (kind->end) {
		helper_thread = thread_start(help, (void *)kind);
		pthread_barrier_wait(&helper_ready);
	}
	start = truth_now();
	kind->wait();
	truth_print(kind->name, start);
}

static int kinds_run_all(const struct kind *kinds, size_t count)
{
	int status, failed = 0;

	for (size_t i = 0; i < count; i++) {
		pid_t process = fork();

		fail_if(process < 0, "fork");
		if (process == 0) {
			kind_run(&kinds[i]);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		failed |= status != 0;
	return failed;
}

static int kinds_main(const struct kind *kinds, size_t count, int argc, char **argv)
{
	int list = argc == 2 && strcmp(argv[1], "list") == 0;

	for (size_t i = 0; i < count && list; i++)
		printf("%s %s\n", kinds[i].name, kinds[i].state);
	if (argc == 3) {
		seconds = atof(argv[2]);
		if (strcmp(argv[1], "all") == 0)
			return kinds_run_all(kinds, count);
	}
	for (size_t i = 0; i < count && argc == 3; i++) {
		if (strcmp(argv[1], kinds[i].name) != 0)
			continue;
		kind_run(&kinds[i]);
		return 0;
	}
	if (!list)
		fprintf(stderr, "usage: %s KIND|all SECONDS | list\n", argv[0]);
	return list ? 0 : 2;
}
