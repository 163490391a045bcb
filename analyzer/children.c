/*
 * children: programs that start a process for each operation: a shell, a build, a test runner.
 *
 * A child is told by the line of descent: what it starts in turn is part of it.
 */
#include "gathering.h"

#include "descent.h"
#include "meaning.h"
#include "offspring.h"
#include "profile.h"
#include "thread.h"
#include "workload.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* A child computes and waits by turns; so many turns as this are fine enough to mix with others. */
#define CHILD_TURNS 4
/* Of more children than these, several are one operation: it bounds what a simulation takes. */
#define CHILDREN_MOST 50000.0

static int child_put(struct gathering *g, double cpu_s, double wait_s)
{
	int error = workload_begin(g->work);

	for (int i = 0; i < CHILD_TURNS && !error; i++)
		error = workload_add(g->work, (struct step){.free_s = cpu_s / CHILD_TURNS,
						      .wait_s = wait_s / CHILD_TURNS,
						      .beside = true});
	return error;
}

/* What a child did, with its own children; or several that had one row. */
struct deed {
	double cpu_s, ready_s;
	bool worked; /* some thread of theirs did more than wait for work */
};

static void deeds_sum(const struct gathering *g, const struct descent *d, struct deed *deeds)
{
	for (size_t i = 0; i < g->x->m->threads_count; i++) {
		const struct measured_thread *t = &g->x->m->threads[i];
		size_t line = d->line[t->process];

		if (line == MEASURED_NONE)
			continue;
		deeds[line].cpu_s += (double)t->cpu_ns / 1e9;
		deeds[line].ready_s += (double)(t->run_queue_ns + t->stolen_ns) / 1e9;
		deeds[line].worked |= g->p->threads[i].role != ROLE_IDLE;
	}
}

/* The children of one row, as equals. Nobody waits for one that is there to be given work. */
static int children_put(struct gathering *g, const struct deed *d, double lived_s, size_t children)
{
	double wait_s = d->worked ? fmax(0, lived_s - d->cpu_s - d->ready_s) : 0;
	int error = 0;

	for (size_t i = 0; i < children && !error; i++)
		error = child_put(g, d->cpu_s / (double)children, wait_s / (double)children);
	return error;
}

/* How many children one operation stands for. */
static double bundle_find(const struct gathering *g, const struct descent *d)
{
	double children = 0;

	for (size_t i = 0; i < g->x->m->processes_count; i++)
		children += d->line[i] == i ? meaning_processes(g->x, i) : 0;
	return fmax(1, children / CHILDREN_MOST);
}

/* A child computes, and waits for the rest of its life. */
static int deeds_put(struct gathering *g, const struct descent *d, const struct deed *deeds)
{
	double begin_s = INFINITY, end_s = 0, bundle = bundle_find(g, d);
	int error = 0;

	for (size_t i = 0; i < g->x->m->processes_count && !error; i++) {
		const struct measured_process *p = &g->x->m->processes[i];
		double start_s = (double)p->start_ns / 1e9;
		double until_s = fmin(g->p->wall_s, (double)p->end_ns / 1e9);
		double lived_s = until_s - start_s - (double)p->vacant_ns / 1e9;
		double operations = fmax(1, meaning_processes(g->x, i) / bundle);

		if (d->line[i] != i)
			continue;
		/* A pool's worker has to be there before the operations that it starts. */
		g->work->pooled |= d->head[i] != i;
		begin_s = fmin(begin_s, (double)g->x->m->processes[d->head[i]].start_ns / 1e9);
		end_s = fmax(end_s, until_s);
		error = children_put(g, &deeds[i], lived_s, (size_t)operations);
	}
	if (gathering_is_whole(g) && begin_s < end_s) {
		g->begin_s = begin_s;
		g->end_s = end_s;
	}
	for (size_t i = 0; i < g->x->m->threads_count; i++)
		g->gathered[i] = d->line[g->x->m->threads[i].process] != MEASURED_NONE;
	return error;
}

int children_gather(struct gathering *g, bool *ret_are_operations)
{
	double *busy_s = thread_processes_busy_s(g->p);
	struct deed *deeds = calloc(g->x->m->processes_count + 1, sizeof(*deeds));
	struct descent d = {0};
	int error = busy_s && deeds ? descent_find(&d, g->x, busy_s) : -ENOMEM;

	*ret_are_operations = false;
	if (!error) {
		deeds_sum(g, &d, deeds);
		descent_sum(&d, g->x->m->processes_count, busy_s);
		*ret_are_operations = offspring_are_operations(g->p, g->x, busy_s);
	}
	if (*ret_are_operations)
		error = deeds_put(g, &d, deeds);
	descent_clear(&d);
	free(busy_s);
	free(deeds);
	return error;
}
