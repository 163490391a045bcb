/*
 * requests: what loops asked for on each connection as operations, one by one.
 *
 * What a loop computes is for all of them; which part belongs to which does not show: each gets as
 * much. So does what was waited for elsewhere meanwhile: files, locks of other threads.
 */
#include "exchange.h"
#include "gathering.h"

#include "concurrency.h"
#include "meaning.h"
#include "profile.h"
#include "thread.h"
#include "workload.h"

#include <errno.h>
#include <math.h>

/* What one operation gets of what is shared out. */
struct share {
	struct step computing;
	double blocking_s, other_s; /* waits that hold a loop up, and others */
};

/* Whatever a loop waits for but its events holds it up. part: how much of it lies between the first
 * request and the last. */
static void share_add_waits(struct share *s, const struct meaning *x, size_t thread, double part)
{
	for (size_t i = x->first_wait[thread]; i < x->first_wait[thread + 1]; i++) {
		size_t wait = x->waits[i];

		if (x->purposes[wait] == PURPOSE_WORK && x->states[wait] != STATE_POLL &&
			concurrency_overlaps(x->states[wait]))
			*(x->loops[thread] ? &s->blocking_s : &s->other_s) +=
				part * (double)x->m->waits[wait].total_ns / 1e9;
	}
}

/* As much of a thread's waiting and of its memory as of its computing. */
static struct share share_of(struct gathering *g, double operations)
{
	struct share s = {0};

	for (size_t i = 0; i < g->x->m->threads_count; i++) {
		const struct measured_thread *t = &g->x->m->threads[i];
		double locked = g->locked_share[t->process];
		double cpu_s = thread_computed_s(g->x, i, g->begin_s, g->end_s);
		double part = t->cpu_ns ? fmin(1, cpu_s * 1e9 / (double)t->cpu_ns) : 1;

		g->gathered[i] = true;
		s.computing.locked_s += cpu_s * locked / operations;
		s.computing.free_s += cpu_s * (1 - locked) / operations;
		g->work->pages += (double)t->faults * part;
		share_add_waits(&s, g->x, i, part);
	}
	s.blocking_s /= operations;
	s.other_s /= operations;
	return s;
}

/* A connection carries one request after the other. Several operations shared it where it carried
 * several: of such, that which was waited for longest. False: there is none. */
static bool busiest_find(const struct gathering *g, const struct exchanges *e, uint32_t *ret)
{
	double most_s = 0, here_s = 0;
	size_t chains = 0;

	for (size_t i = 0; i < e->chains_count; i++) {
		const struct chain *c = &e->chains[i];
		uint32_t socket = g->x->m->exchanges[e->rows[c->first]].socket;
		bool same = i > 0 && g->x->m->exchanges[e->rows[c->first - 1]].socket == socket;

		here_s = (same ? here_s : 0) + c->ready_s - c->start_s;
		chains = (same ? chains : 0) + 1;
		if (chains < 2 || here_s <= most_s)
			continue;
		most_s = here_s;
		*ret = socket;
	}
	return most_s > 0;
}

/* Asking is computed before the first wait, what comes of the answers after each. */
static int chain_put(struct gathering *g, const struct exchanges *e, const struct chain *c,
	const struct share *s, bool exclusive)
{
	double parts = (double)c->count + 1;
	struct step now = {
		.locked_s = s->computing.locked_s / parts, .free_s = s->computing.free_s / parts};
	int error = workload_begin(g->work);

	if (error)
		return error;
	g->work->operations[g->work->operations_count - 1].start_s = c->start_s;
	for (size_t i = c->first; i < c->first + c->count && !error; i++) {
		double wait_s = (double)g->x->m->exchanges[e->rows[i]].wait_ns / 1e9;

		now.wait_s = exclusive ? 0 : wait_s;
		error = workload_add(g->work, now);
		if (!error && exclusive)
			error = workload_add(
				g->work, (struct step){.wait_s = wait_s, .exclusive = true});
	}
	now.wait_s = s->other_s;
	if (!error)
		error = workload_add(g->work, now);
	if (!error && s->blocking_s > 0)
		error = workload_add(
			g->work, (struct step){.wait_s = s->blocking_s, .blocking = true});
	return error;
}

/* What comes of the last answer is computed after it was received. */
static void requests_end(struct gathering *g, const struct share *each)
{
	double last_s = each->computing.locked_s + each->computing.free_s;

	g->end_s = fmin(g->end_s + last_s, g->p->wall_s);
}

/*
 * A loop takes all answers that are there before it goes on with any: what comes of them may be
 * computed long after the last one was received. What it computes in its turns is for them.
 */
static void requests_extend(struct gathering *g)
{
	double further_s = 0;

	for (size_t i = 0; i < g->x->m->threads_count; i++) {
		double turning = g->x->loops[i] ? turning_s(g, i) : NAN;

		if (turning > 0) /* false for NAN */
			further_s = fmax(further_s,
				turning - thread_computed_s(g->x, i, g->begin_s, g->end_s));
	}
	g->end_s = fmin(g->end_s + further_s, g->p->wall_s);
}

int requests_gather(struct gathering *g)
{
	struct exchanges e;
	struct share share;
	uint32_t socket = 0;
	bool shared;
	int error = exchanges_find(&e, g->x);

	if (!error && gathering_is_whole(g)) {
		g->begin_s = fmin(e.begin_s, g->p->wall_s);
		g->end_s = fmin(e.end_s, g->p->wall_s);
		requests_extend(g);
	}
	share = share_of(g, fmax(1, (double)e.chains_count));
	requests_end(g, &share);
	/* A further goroutine has a connection of its own, as a thread would. */
	shared = !g->p->work.goroutines && busiest_find(g, &e, &socket);
	for (size_t i = 0; i < e.chains_count && !error; i++)
		error = chain_put(g, &e, &e.chains[i], &share,
			shared && g->x->m->exchanges[e.rows[e.chains[i].first]].socket == socket);
	exchanges_clear(&e);
	workload_order(g->work);
	g->work->shared = true;
	return error;
}
