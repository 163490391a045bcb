/*
 * profile: the flow from a measurement to what it means.
 */
#include "profile.h"

#include "callsite.h"
#include "concurrency.h"
#include "cpu_site.h"
#include "gather.h"
#include "interpreter.h"
#include "lock.h"
#include "lock_cost.h"
#include "loop.h"
#include "meaning.h"
#include "offspring.h"
#include "polling.h"
#include "predict.h"
#include "quality.h"
#include "server.h"
#include "site.h"
#include "thread.h"
#include "wait.h"
#include "work.h"
#include "workload.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Predictions rest on the work, and both on what needs an interpreter's lock. */
static int work_and_predictions_fill(struct profile *p, const struct meaning *x)
{
	double *locked_share = calloc(x->m->processes_count + 1, sizeof(*locked_share));
	struct workload workload = {0};
	int error = locked_share ? interpreter_fill(p, x, locked_share) : -ENOMEM;

	if (!error)
		error = work_fill(p, x, locked_share);
	if (!error)
		error = offspring_fill(p, x);
	if (!error)
		error = gather_workload(&workload, p, x, locked_share);
	if (!error)
		error = predict_fill(p, &workload);
	workload_clear(&workload);
	free(locked_share);
	return error;
}

typedef int step(struct profile *p, const struct meaning *x);

/* In order: each one builds on those before it. */
static step *const steps[] = {
	callsite_fill,
	thread_fill,
	concurrency_fill,
	wait_fill,
	lock_fill,
	lock_cost_fill,
	loop_fill,
	server_fill,
	polling_fill,
	cpu_site_fill,
	stacks_fill,
	timeline_fill,
	work_and_predictions_fill,
	quality_fill,
};

static struct profile *profile_of(const struct measurement *m, const struct premise *what_if,
	step *const *first, size_t count)
{
	struct profile *p = calloc(1, sizeof(*p));
	struct meaning *x = meaning_new(m);
	int error = p && x ? 0 : -ENOMEM;

	if (!error) {
		p->measurement = m;
		p->offspring.starter = MEASURED_NONE;
		p->premise = what_if ? *what_if : (struct premise){NAN, 0, 1};
		p->wall_s = (double)m->wall_ns / 1e9;
	}
	for (size_t i = 0; i < count && !error; i++)
		error = first[i](p, x);
	meaning_free(x);
	if (!error)
		return p;
	profile_free(p);
	return NULL;
}

struct profile *profile_new(const struct measurement *m, const struct premise *what_if)
{
	return profile_of(m, what_if, steps, sizeof(steps) / sizeof(steps[0]));
}

struct profile *profile_glance(const struct measurement *m)
{
	static step *const threads_alone = thread_fill;

	return profile_of(m, NULL, &threads_alone, 1);
}

static void waits_free(struct profile *p)
{
	for (size_t i = 0; i < p->waits_count; i++) {
		free(p->waits[i].object);
		sites_clear(&p->waits[i].sites);
	}
	free(p->waits);
	free(p->row_of_wait);
}

static void locks_free(struct profile *p)
{
	for (size_t i = 0; i < p->locks_count; i++) {
		free(p->locks[i].object);
		sites_clear(&p->locks[i].waiting);
		sites_clear(&p->locks[i].holding);
	}
	free(p->locks);
}

void profile_free(struct profile *p)
{
	if (!p)
		return;
	waits_free(p);
	locks_free(p);
	for (size_t i = 0; i < p->loops_count; i++)
		loop_clear(&p->loops[i]);
	for (size_t i = 0; i < p->checks_count; i++)
		free(p->checks[i].message);
	free(p->concurrency.running_s);
	free(p->threads);
	free(p->loops);
	sites_clear(&p->cpu_sites);
	sites_clear(&p->offspring.sites);
	stacks_clear(&p->stacks);
	timeline_clear(&p->timeline);
	callsites_free(p);
	free(p->predictions);
	free(p->scaling);
	free(p->checks);
	free(p);
}
