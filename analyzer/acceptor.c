/*
 * acceptor: told by what a process was never seen to watch.
 *
 * A loop watches each connection for as long as it is at it, whatever it waits for meanwhile. So
 * each look finds one with at least the chance that the loop is at work; that so many looks found
 * none, if it were a loop, has to be as good as impossible.
 */
#include "acceptor.h"

#include "meaning.h"
#include "round.h"

#include <math.h>

/* One in a hundred. */
#define CHANCE_LEAST 0.01

static bool somebody_listens(const struct measurement *m)
{
	for (size_t i = 0; i < m->files_count; i++)
		if (m->files[i].listening)
			return true;
	return false;
}

/* The share of its life in which a thread waits for events. */
static double awaiting_share(const struct meaning *x, size_t thread)
{
	double life_s = meaning_thread_life_s(x, thread), sum = 0;

	for (size_t i = x->first_wait[thread]; i < x->first_wait[thread + 1]; i++) {
		const struct measured_wait *w = &x->m->waits[x->waits[i]];

		sum += round_is_call(w->syscall) ? (double)w->total_ns / 1e9 : 0;
	}
	return life_s > 0 ? fmin(1, sum / life_s) : 1;
}

static bool thread_accepts(const struct meaning *x, size_t thread)
{
	size_t process = x->m->threads[thread].process;
	const struct measured_process *p = &x->m->processes[process];

	/* Their runtimes poll for what else there is. */
	if (meaning_runs(x, process, "node") || meaning_schedules(x, process))
		return false;
	return p->blank_looks > 0 && pow(awaiting_share(x, thread), p->blank_looks) < CHANCE_LEAST;
}

static void waits_turn(struct meaning *x, size_t thread)
{
	for (size_t i = x->first_wait[thread]; i < x->first_wait[thread + 1]; i++) {
		size_t wait = x->waits[i], file = x->m->waits[wait].file;

		if (!round_is_call(x->m->waits[wait].syscall) || file == MEASURED_NONE)
			continue;
		x->states[wait] = STATE_NETWORK;
		x->endpoints[file] = ENDPOINT_LISTENING;
	}
}

void acceptor_find(struct meaning *x)
{
	bool listens = somebody_listens(x->m);

	for (size_t i = 0; i < x->m->threads_count; i++) {
		x->acceptors[i] = listens && thread_accepts(x, i);
		if (x->acceptors[i])
			waits_turn(x, i);
	}
}
