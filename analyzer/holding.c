/*
 * holding: the share of the operations in which a lock was held becomes their first step.
 */
#include "gathering.h"

#include "profile.h"
#include "workload.h"

#include <math.h>

/* A lock that is held for a smaller share of the work binds only with over a hundred workers. */
#define LOCK_LEAST 0.01

static struct step step_scaled(const struct step *s, double by)
{
	return (struct step){
		.locked_s = s->locked_s * by,
		.free_s = s->free_s * by,
		.wait_s = s->wait_s * by,
		.blocking = s->blocking,
		.beside = s->beside,
		.exclusive = s->exclusive,
	};
}

static int operation_put_held(
	struct workload *to, const struct workload *from, const struct operation *o, double share)
{
	struct step held = {.exclusive = true};
	int error = workload_begin(to);

	for (size_t i = o->first; i < o->first + o->count; i++) {
		held.locked_s += from->steps[i].locked_s * share;
		held.free_s += from->steps[i].free_s * share;
		held.wait_s += from->steps[i].wait_s * share;
		held.blocking |= from->steps[i].blocking;
	}
	if (!error)
		error = workload_add(to, held);
	for (size_t i = o->first; i < o->first + o->count && !error; i++)
		error = workload_add(to, step_scaled(&from->steps[i], 1 - share));
	return error;
}

/* What is one at a time already, a lock may be the reason for. */
static double exclusive_s(const struct workload *w)
{
	double sum = 0;

	for (size_t i = 0; i < w->steps_count; i++)
		sum += w->steps[i].exclusive ? w->steps[i].wait_s : 0;
	return sum;
}

/* The lock was held at least while somebody waited for it. */
int holding_mark(struct gathering *g)
{
	struct step sum = workload_sum(g->work);
	double all_s = sum.locked_s + sum.free_s + sum.wait_s;
	double held_s = fmax(0, g->p->work.lock_s - exclusive_s(g->work));
	double share = all_s > 0 ? fmin(1, held_s / all_s) : 0;
	struct workload cut = {0};
	int error = 0;

	if (share < LOCK_LEAST)
		return 0;
	for (size_t i = 0; i < g->work->operations_count && !error; i++)
		error = operation_put_held(&cut, g->work, &g->work->operations[i], share);
	if (error) {
		workload_clear(&cut);
		return error;
	}
	cut.divisible = g->work->divisible;
	cut.pooled = g->work->pooled;
	cut.joint_s = g->work->joint_s;
	cut.shared = g->work->shared;
	cut.pages = g->work->pages;
	cut.feeding_s = g->work->feeding_s;
	workload_clear(g->work);
	*g->work = cut;
	return 0;
}
