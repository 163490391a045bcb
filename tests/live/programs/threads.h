/*
 * threads: starts a number of threads that do the same, and tells the truth of each from its birth
 * on, and then the CPU time of the whole process. A program includes this file once.
 *
 * They end one after the other, each waiting for its turn at a message queue, so that a crowd that
 * ends does not wait for CPUs and the address space after its last truth; how long the end of each
 * took in spite of that is told too.
 */
#include "truth.h"

#include <sys/ipc.h>
#include <sys/msg.h>

struct worker {
	pthread_t thread;
	int number;
	void (*work)(int number);
	long tid;
	struct truth born, done;
};

struct turn {
	long number; /* from 1 on */
	char nothing;
};

static int turns;

static void *worker_run(void *argument)
{
	struct worker *w = argument;
	struct turn turn;

	w->born = truth_of_birth();
	w->tid = syscall(SYS_gettid);
	w->work(w->number);
	w->done = truth_now();
	fail_if(msgrcv(turns, &turn, sizeof turn.nothing, w->number + 1, 0) < 0, "msgrcv");
	return NULL;
}

static void worker_end(struct worker *w)
{
	struct turn turn = {.number = w->number + 1};
	double start = clock_s(CLOCK_MONOTONIC), end;

	fail_if(msgsnd(turns, &turn, sizeof turn.nothing, 0) != 0, "msgsnd");
	pthread_join(w->thread, NULL);
	end = clock_s(CLOCK_MONOTONIC);
	if (start < w->done.wall_s)
		start = w->done.wall_s;
	truth_line("worker", w->tid, w->born, w->done, end - start);
}

static void workers_run(int count, void (*work)(int number))
{
	struct worker *workers = calloc(count, sizeof *workers);

	turns = msgget(IPC_PRIVATE, 0600);
	fail_if(!workers || turns < 0, "msgget");
	for (int i = 0; i < count; i++) {
		workers[i] = (struct worker){.number = i, .work = work};
		workers[i].thread = thread_start(worker_run, &workers[i]);
	}
	for (int i = 0; i < count; i++)
		worker_end(&workers[i]);
	msgctl(turns, IPC_RMID, NULL);
	free(workers);
	rusage_print("process", RUSAGE_SELF);
}
