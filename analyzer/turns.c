/*
 * turns: what threads waited for one at a time, though nothing else kept them from doing so at
 * once.
 *
 * A connection that all share behind a lock, a partner that lets one in at a time: with more
 * workers such waits do not overlap either. Two threads are met in the same wait, were they
 * independent, as often as one's waits begin within the other's; that not one was met is then no
 * accident.
 */
#include "gathering.h"

#include "meaning.h"
#include "profile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Two that wait and compute by turns can keep clear of each other for good: one computes while the
 * other one waits. Three cannot. */
#define THREADS_LEAST 3
/* So many meetings are due: none has a chance of one in a hundred (Poisson). */
#define MEETINGS_LEAST 4.6

/* Of one row of waits: what all threads did, and what meets nobody, each thread with itself. */
struct turn {
	double count, total_s, own;
};

/* One thread's waits in a row. */
struct part {
	double count, total_s;
};

static void thread_add(
	const struct gathering *g, size_t thread, struct part *parts, struct turn *turns)
{
	const struct meaning *x = g->x;

	for (size_t i = x->first_wait[thread]; i < x->first_wait[thread + 1]; i++) {
		const struct measured_wait *w = &x->m->waits[x->waits[i]];
		size_t row = g->p->row_of_wait[x->waits[i]];

		parts[row].count += (double)w->count;
		parts[row].total_s += (double)w->total_ns / 1e9;
	}
	/* Each row is emptied when it is met first. */
	for (size_t i = x->first_wait[thread]; i < x->first_wait[thread + 1]; i++) {
		size_t row = g->p->row_of_wait[x->waits[i]];

		turns[row].count += parts[row].count;
		turns[row].total_s += parts[row].total_s;
		turns[row].own += parts[row].count * parts[row].total_s;
		parts[row] = (struct part){0};
	}
}

static bool row_can_take_turns(const struct profile_wait *w)
{
	return (w->state == STATE_NETWORK || w->state == STATE_IPC) && !w->idle && w->object &&
	       w->threads >= THREADS_LEAST && w->overlapped <= 0;
}

int turns_find(struct gathering *g)
{
	struct turn *turns = calloc(g->p->waits_count + 1, sizeof(*turns));
	struct part *parts = calloc(g->p->waits_count + 1, sizeof(*parts));
	int error = 0;

	g->in_turn = calloc(g->p->waits_count + 1, sizeof(*g->in_turn));
	for (size_t i = 0; turns && parts && i < g->x->m->threads_count; i++)
		thread_add(g, i, parts, turns);
	for (size_t i = 0; turns && parts && g->in_turn && i < g->p->waits_count; i++) {
		double due = (turns[i].count * turns[i].total_s - turns[i].own) / g->p->wall_s;

		g->in_turn[i] = row_can_take_turns(&g->p->waits[i]) && due >= MEETINGS_LEAST;
	}
	if (!turns || !parts || !g->in_turn)
		error = -ENOMEM;
	free(turns);
	free(parts);
	return error;
}
