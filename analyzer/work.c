/*
 * work: the terms of the prediction, summed from what threads did that was neither idle nor
 * coordinating.
 */
#include "work.h"

#include "alternation.h"
#include "carrier.h"
#include "concurrency.h"
#include "exchange.h"
#include "margin.h"
#include "meaning.h"
#include "model.h"
#include "pacing.h"
#include "peer.h"
#include "profile.h"
#include "starvation.h"
#include "thread.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void busy_sum(struct profile *p)
{
	struct profile_work *w = &p->work;

	for (size_t i = 0; i < p->threads_count; i++) {
		const struct profile_thread *t = &p->threads[i];

		for (int s = 0; s < STATE_COUNT; s++) {
			w->busy.s[s] += thread_busy_in_s(t, s);
			w->busy.total_s += thread_busy_in_s(t, s);
		}
		w->idle_s += t->idle.total_s;
	}
	w->cpu_s = w->busy.s[STATE_CPU_USER] + w->busy.s[STATE_CPU_KERNEL];
}

static void locked_sum(struct profile_work *w, const struct meaning *x, const double *locked_share)
{
	for (size_t i = 0; i < x->m->threads_count; i++)
		w->cpu_locked_s += (double)x->m->threads[i].cpu_ns / 1e9 *
				   locked_share[x->m->threads[i].process];
}

/* Of a loop that has one request under way at a time. */
static bool wait_is_alone(const struct meaning *x, const struct measured_wait *w)
{
	return x->one_by_one[x->m->threads[w->thread].process];
}

/*
 * W, its longest wait, and n: the number of equal waits that would make up W, W^2 / sum of squares;
 * a few long ones among many short ones count as few.
 */
static void waits_sum(struct profile_work *w, const struct meaning *x)
{
	double squares = 0;

	for (size_t i = 0; i < x->m->waits_count; i++) {
		const struct measured_wait *from = &x->m->waits[i];
		double total_s = (double)from->total_ns / 1e9;

		if (x->purposes[i] != PURPOSE_WORK || !concurrency_overlaps(x->states[i]) ||
			!from->count || (x->states[i] == STATE_POLL && !wait_is_alone(x, from)))
			continue;
		w->wait_s += total_s;
		w->wait_blocking_s += state_is_storage(x->states[i]) ? total_s : 0;
		w->longest_s = fmax(w->longest_s, (double)from->max_ns / 1e9);
		squares += total_s * total_s / (double)from->count;
	}
	if (w->wait_s > MARGIN * (w->cpu_s + w->wait_s) && squares > 0)
		w->operations = (uint64_t)fmax(1, round(w->wait_s * w->wait_s / squares));
}

/* Of what connections are waited for: the next answer on one, more of the same answer. */
static void answers_sum(struct profile_work *w, const struct meaning *x)
{
	for (size_t i = 0; i < x->m->waits_count; i++) {
		const struct measured_wait *from = &x->m->waits[i];
		double each_s =
			from->count ? (double)from->total_ns / 1e9 / (double)from->count : 0;

		if (x->purposes[i] != PURPOSE_WORK || x->states[i] != STATE_NETWORK)
			continue;
		w->asked += from->asked;
		w->asked_s += each_s * (double)from->asked;
		w->continued_s += each_s * (double)from->continued;
	}
}

/* Polls for several files that are work: while a loop waits, all that it has under way waits. Loops
 * wait side by side, so the longest waiting counts. */
static void joint_sum(struct profile_work *w, const struct profile *p, const struct meaning *x)
{
	for (size_t i = 0; i < p->threads_count; i++) {
		const struct profile_thread *t = &p->threads[i];

		if (x->one_by_one[x->m->threads[i].process]) {
			w->one_by_one |= x->loops[i];
			continue;
		}
		w->wait_joint_s =
			fmax(w->wait_joint_s, t->time.s[STATE_POLL] - t->idle.s[STATE_POLL] -
						      t->coordinating.s[STATE_POLL]);
	}
}

static void lock_sum(struct profile_work *w, const struct profile *p)
{
	for (size_t i = 0; i < p->locks_count; i++)
		if (strcmp(p->locks[i].kind, "interpreter") != 0)
			w->lock_s = fmax(w->lock_s, p->locks[i].held_s);
}

/* Where children do the work one by one, each is one operation, and no shorter than its own life.
 */
static void children_sum(struct profile_work *w, const struct carriers *c)
{
	if (c->children < 2)
		return;
	if (c->children > w->operations)
		w->operations = c->children;
	w->longest_s = fmax(w->longest_s, c->child_longest_s);
}

static void pieces_count(struct profile_work *w, const struct carriers *c)
{
	/* Computing in several threads or processes: as many pieces as they are. */
	if (w->operations == 0 && c->threads_peak > 1)
		w->operations = c->threads_peak;
}

/* Several threads that each wait for children of their own: it is their number that bounds how many
 * children there are at once. */
static bool pool_starts_children(const struct profile *p, const struct meaning *x)
{
	size_t threads = 0;

	for (size_t i = 0; i < p->threads_count; i++)
		threads += p->threads[i].role == ROLE_COORDINATOR &&
			   x->family.children[x->m->threads[i].process] > 0 &&
			   (!meaning_is_main(x, i) ||
				   x->family.parent[x->m->threads[i].process] != MEASURED_NONE);
	return threads > 1;
}

static int paces_sum(struct profile_work *w, const struct meaning *x)
{
	struct pacing p;
	int error = pacing_find(&p, x);

	w->kept_s = p.kept_s;
	w->paced_s = p.slept_s;
	w->period_s = p.period_s;
	return error;
}

/*
 * A program that starts a worker for each operation has no more operations side by side than it has
 * workers, or it would have started more; nor has one whose workers find no work when they are
 * done: no model has more of them under way. Nor has one that waits for the clock to begin the
 * next.
 */
static void rounds_close(struct profile *p, const struct meaning *x)
{
	struct profile_work *w = &p->work;

	if (w->service)
		return;
	if (w->kept_s >= w->busy.total_s / 2 && w->kept_s > 0)
		w->width = (size_t)fmax(1, w->workers);
	if (w->model == MODEL_SEQUENTIAL || w->workers < 2)
		return;
	if ((w->elastic && !pool_starts_children(p, x)) || workers_starve(p, x))
		w->width = (size_t)w->workers;
}

static int terms_sum(struct profile *p, const struct meaning *x, const struct carriers *c)
{
	struct profile_work *w = &p->work;
	int error = exchanges_fill(w, x);

	if (!error)
		error = paces_sum(w, x);
	if (!error)
		error = alternation_of_waits(p, x, &w->in_turn);
	busy_sum(p);
	waits_sum(w, x);
	joint_sum(w, p, x);
	lock_sum(w, p);
	children_sum(w, c);
	pieces_count(w, c);
	model_find(p, x, c);
	rounds_close(p, x);
	exchanges_settle(w);
	if (!error)
		error = alternation_find(p, x, &w->alternate_s);
	if (!error)
		error = peers_uneven(p, p->concurrency.cpus, &w->uneven_s);
	return error;
}

int work_fill(struct profile *p, const struct meaning *x, const double *locked_share)
{
	struct carriers c;
	int error = carrier_find(p, x, &c);

	if (error)
		return error;
	error = terms_sum(p, x, &c);
	locked_sum(&p->work, x, locked_share);
	answers_sum(&p->work, x);
	return error;
}
