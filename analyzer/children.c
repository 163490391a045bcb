/*
 * children: programs that start a process for each operation: a shell, a build, a test runner.
 *
 * A child is told by the line of descent: what it starts in turn is part of it.
 */
#include "gathering.h"

#include "margin.h"
#include "meaning.h"
#include "profile.h"
#include "thread.h"
#include "workload.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whose descendant a process is, and which part of the program's work its own is part of. */
struct descent {
	size_t first;  /* the ancestor that was there first, or itself */
	size_t child;  /* the first one's child among ancestors and itself */
	size_t other;  /* the first of them that executes another program than the first one */
	bool executes; /* it has children that do */
};

/* What is not known is not another program. */
static bool program_differs(const struct meaning *x, size_t a, size_t b)
{
	const char *one = x->m->processes[a].executable, *other = x->m->processes[b].executable;

	return one && other && strcmp(one, other) != 0;
}

/* By one that was only forked, a pool's worker, it was: it has an executable, and that one none. */
static bool program_is_executed(const struct meaning *x, size_t process, size_t parent)
{
	return x->m->processes[process].executable && !x->m->processes[parent].executable;
}

/* From its parent's, which is there. Where a recording claims a circle, the process at which it was
 * entered was the first. */
static void descent_inherit(const struct meaning *x, struct descent *descents, size_t process)
{
	size_t parent = x->family.parent[process];
	struct descent *from, *d = &descents[process];
	bool differs;

	if (parent == MEASURED_NONE || descents[parent].first == process)
		return;
	from = &descents[parent];
	differs =
		program_differs(x, process, from->first) || program_is_executed(x, process, parent);
	from->executes |= differs;
	d->first = from->first;
	d->child = from->child != MEASURED_NONE ? from->child : process;
	d->other = from->other == MEASURED_NONE && differs ? process : from->other;
}

/* Upwards to where descent is known already, and down again: each process is met twice. */
static void descents_find(const struct meaning *x, struct descent *descents, size_t *path)
{
	for (size_t i = 0; i < x->m->processes_count; i++) {
		size_t count = 0, at = i;

		for (; at != MEASURED_NONE && descents[at].first == MEASURED_NONE;
			at = x->family.parent[at]) {
			descents[at].first = at; /* unless it inherits another */
			path[count++] = at;
		}
		while (count > 0)
			descent_inherit(x, descents, path[--count]);
	}
}

/*
 * Of a process that was started inside the window: the one of its line whose parent did the
 * starting. That is the first one that executes another program, or, where none does, the first
 * one's child. MEASURED_NONE: the process itself starts others (a pool's worker, the first one).
 */
static size_t descent_line(const struct descent *descents, size_t process)
{
	const struct descent *d = &descents[process];

	if (d->other != MEASURED_NONE || d->child == MEASURED_NONE)
		return d->other;
	return descents[d->child].executes ? MEASURED_NONE : d->child;
}

/* The line of each process, and in heads the first process's child whom it descends from. NULL when
 * out of memory. */
static size_t *lines_find(const struct meaning *x, size_t *heads)
{
	size_t count = x->m->processes_count;
	struct descent *descents = calloc(count + 1, sizeof(*descents));
	size_t *lines = calloc(count + 1, sizeof(*lines)); /* until they are known, a path */

	for (size_t i = 0; descents && i < count; i++)
		descents[i] = (struct descent){MEASURED_NONE, MEASURED_NONE, MEASURED_NONE, false};
	if (descents && lines) {
		descents_find(x, descents, lines);
		for (size_t i = 0; i < count; i++) {
			lines[i] = descent_line(descents, i);
			heads[i] = descents[i].child;
		}
	} else {
		free(lines);
		lines = NULL;
	}
	free(descents);
	return lines;
}

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
	double cpu_s, ready_s, busy_s;
};

static double each_busy_s(const struct gathering *g, const struct deed *deeds, size_t process)
{
	return deeds[process].busy_s / meaning_processes(g->x, process);
}

static void deeds_sum(const struct gathering *g, const size_t *lines, struct deed *deeds)
{
	for (size_t i = 0; i < g->x->m->threads_count; i++) {
		const struct measured_thread *t = &g->x->m->threads[i];
		size_t line = lines[t->process];

		if (line == MEASURED_NONE)
			continue;
		deeds[line].cpu_s += (double)t->cpu_ns / 1e9;
		deeds[line].ready_s += (double)(t->run_queue_ns + t->stolen_ns) / 1e9;
		deeds[line].busy_s += thread_busy_s(g->p, i);
	}
}

/* The children of one row, as equals. */
static int children_put(struct gathering *g, const struct deed *d, double lived_s, size_t children)
{
	double wait_s = fmax(0, lived_s - d->cpu_s - d->ready_s);
	int error = 0;

	for (size_t i = 0; i < children && !error; i++)
		error = child_put(g, d->cpu_s / (double)children, wait_s / (double)children);
	return error;
}

/* How many children one operation stands for. */
static double bundle_find(const struct gathering *g, const size_t *lines)
{
	double children = 0;

	for (size_t i = 0; i < g->x->m->processes_count; i++)
		children += lines[i] == i ? meaning_processes(g->x, i) : 0;
	return fmax(1, children / CHILDREN_MOST);
}

/* A child computes, and waits for the rest of its life. */
static int deeds_put(
	struct gathering *g, const size_t *lines, const size_t *heads, const struct deed *deeds)
{
	double begin_s = INFINITY, end_s = 0, bundle = bundle_find(g, lines);
	int error = 0;

	for (size_t i = 0; i < g->x->m->processes_count && !error; i++) {
		const struct measured_process *p = &g->x->m->processes[i];
		double start_s = (double)p->start_ns / 1e9;
		double until_s = fmin(g->p->wall_s, (double)p->end_ns / 1e9);
		double lived_s = until_s - start_s - (double)p->vacant_ns / 1e9;
		double operations = fmax(1, meaning_processes(g->x, i) / bundle);

		if (lines[i] != i)
			continue;
		/* A pool's worker has to be there before the operations that it starts. */
		g->work->pooled |= heads[i] != i;
		begin_s = fmin(begin_s, (double)g->x->m->processes[heads[i]].start_ns / 1e9);
		end_s = fmax(end_s, until_s);
		error = children_put(g, &deeds[i], lived_s, (size_t)operations);
	}
	if (gathering_is_whole(g) && begin_s < end_s) {
		g->begin_s = begin_s;
		g->end_s = end_s;
	}
	for (size_t i = 0; i < g->x->m->threads_count; i++)
		g->gathered[i] = lines[g->x->m->threads[i].process] != MEASURED_NONE;
	return error;
}

/* How many children do a notable part: one that only prepares another's work is no operation. */
static double deeds_notable(const struct gathering *g, const struct deed *deeds)
{
	size_t count = g->x->m->processes_count;
	double most_s = 0, notable = 0;

	for (size_t i = 0; i < count; i++)
		most_s = fmax(most_s, each_busy_s(g, deeds, i));
	for (size_t i = 0; i < count; i++)
		if (deeds[i].busy_s > 0 && each_busy_s(g, deeds, i) >= MARGIN * most_s)
			notable += meaning_processes(g->x, i);
	return notable;
}

/* Whether a program starts a child for each operation: children do most of the work, one after the
 * other or more of them than at once. */
static bool deeds_are_operations(const struct gathering *g, const struct deed *deeds)
{
	const struct profile_work *w = &g->p->work;
	size_t count = g->x->m->processes_count;
	double sum_s = 0;

	for (size_t i = 0; i < count; i++)
		sum_s += deeds[i].busy_s;
	return deeds_notable(g, deeds) > 1 && sum_s > w->busy.total_s / 2 &&
	       (w->model == MODEL_SEQUENTIAL || w->elastic);
}

int children_gather(struct gathering *g, bool *ret_are_operations)
{
	size_t *heads = calloc(g->x->m->processes_count + 1, sizeof(*heads));
	size_t *lines = heads ? lines_find(g->x, heads) : NULL;
	struct deed *deeds = calloc(g->x->m->processes_count + 1, sizeof(*deeds));
	int error = lines && deeds ? 0 : -ENOMEM;

	*ret_are_operations = false;
	if (!error) {
		deeds_sum(g, lines, deeds);
		*ret_are_operations = deeds_are_operations(g, deeds);
	}
	if (*ret_are_operations)
		error = deeds_put(g, lines, heads, deeds);
	free(heads);
	free(lines);
	free(deeds);
	return error;
}
