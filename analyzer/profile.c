/*
 * profile: the flow from a measurement to what it means.
 */
#include "profile.h"

#include "concurrency.h"
#include "interpreter.h"
#include "lock.h"
#include "loop.h"
#include "meaning.h"
#include "polling.h"
#include "predict.h"
#include "quality.h"
#include "server.h"
#include "thread.h"
#include "wait.h"
#include "work.h"

#include <errno.h>
#include <stdlib.h>

static int work_and_interpreter_fill(struct profile *p, const struct meaning *x)
{
	double *locked_s = calloc(x->m->processes_count + 1, sizeof(*locked_s));
	int error = locked_s ? interpreter_fill(p, x, locked_s) : -ENOMEM;

	if (!error)
		error = work_fill(p, x, locked_s);
	free(locked_s);
	return error;
}

static int predictions_fill(struct profile *p, const struct meaning *x)
{
	(void)x;
	return predict_fill(p);
}

/* In order: each one builds on those before it. */
static int (*const steps[])(struct profile *p, const struct meaning *x) = {
	thread_fill,
	concurrency_fill,
	wait_fill,
	lock_fill,
	loop_fill,
	server_fill,
	polling_fill,
	work_and_interpreter_fill,
	predictions_fill,
	quality_fill,
};

struct profile *profile_new(const struct measurement *m)
{
	struct profile *p = calloc(1, sizeof(*p));
	struct meaning *x = meaning_new(m);
	int error = p && x ? 0 : -ENOMEM;

	if (!error) {
		p->measurement = m;
		p->wall_s = (double)m->wall_ns / 1e9;
	}
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !error; i++)
		error = steps[i](p, x);
	meaning_free(x);
	if (!error)
		return p;
	profile_free(p);
	return NULL;
}

void profile_free(struct profile *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->waits_count; i++)
		free(p->waits[i].object);
	for (size_t i = 0; i < p->locks_count; i++)
		free(p->locks[i].object);
	for (size_t i = 0; i < p->loops_count; i++)
		free(p->loops[i].blocking);
	for (size_t i = 0; i < p->checks_count; i++)
		free(p->checks[i].message);
	free(p->concurrency.running_s);
	free(p->threads);
	free(p->waits);
	free(p->locks);
	free(p->loops);
	free(p->predictions);
	free(p->checks);
	free(p);
}
