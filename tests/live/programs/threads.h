/*
 * threads: starts a number of threads that do the same, each telling its truth from its birth on,
 * and then the CPU time of the whole process. A program includes this file once.
 */
#include "truth.h"

struct worker {
	pthread_t thread;
	int number;
	void (*work)(int number);
};

static void *worker_run(void *argument)
{
	struct worker *w = argument;
	struct truth born = truth_of_birth();

	w->work(w->number);
	truth_print("worker", born);
	return NULL;
}

static void workers_run(int count, void (*work)(int number))
{
	struct worker *workers = calloc(count, sizeof *workers);

	fail_if(!workers, "calloc");
	for (int i = 0; i < count; i++) {
		workers[i] = (struct worker){.number = i, .work = work};
		workers[i].thread = thread_start(worker_run, &workers[i]);
	}
	for (int i = 0; i < count; i++)
		pthread_join(workers[i].thread, NULL);
	free(workers);
	rusage_print("process", RUSAGE_SELF);
}
