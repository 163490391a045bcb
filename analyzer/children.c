/*
 * children: programs that start a process for each operation: a shell, a build, a test runner.
 *
 * A child is told by the line of descent: what it starts in turn is part of it.
 */
#include "gathering.h"

#include "meaning.h"
#include "profile.h"
#include "thread.h"
#include "workload.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool program_same(const struct meaning *x, size_t a, size_t b)
{
	const char *one = x->m->processes[a].executable, *other = x->m->processes[b].executable;

	return one && other && strcmp(one, other) == 0;
}

static size_t process_first(const struct meaning *x, size_t process)
{
	while (x->family.parent[process] != MEASURED_NONE)
		process = x->family.parent[process];
	return process;
}

/* Whether a process has children that execute another program than the first one does. */
static bool process_executes(const struct meaning *x, size_t process)
{
	size_t first = process_first(x, process);

	for (size_t i = 0; x->family.children[process] > 0 && i < x->m->processes_count; i++)
		if (x->family.parent[i] == process && !program_same(x, i, first))
			return true;
	return false;
}

/*
 * Of a process that was started inside the window: the one of its line whose parent did the
 * starting. That is the first one that executes another program, or, where none does, the first
 * one's child. MEASURED_NONE: the process itself starts others (a pool's worker, the first one).
 */
static size_t process_line(const struct meaning *x, size_t process)
{
	size_t first = process_first(x, process), child = MEASURED_NONE, other = MEASURED_NONE;

	for (; process != first; process = x->family.parent[process]) {
		child = process;
		if (!program_same(x, process, first))
			other = process;
	}
	if (other != MEASURED_NONE)
		return other;
	return child != MEASURED_NONE && process_executes(x, child) ? MEASURED_NONE : child;
}

/* A child computes and waits by turns; so many turns as this are fine enough to mix with others. */
#define CHILD_TURNS 4

static int child_put(struct gathering *g, double cpu_s, double wait_s)
{
	int error = workload_begin(g->work);

	for (int i = 0; i < CHILD_TURNS && !error; i++)
		error = workload_add(g->work, (struct step){.free_s = cpu_s / CHILD_TURNS,
						      .wait_s = wait_s / CHILD_TURNS});
	return error;
}

/* What each child did, with its own children. */
struct line {
	double cpu_s, ready_s, busy_s;
};

static struct line *lines_sum(const struct gathering *g)
{
	const struct meaning *x = g->x;
	struct line *lines = calloc(x->m->processes_count + 1, sizeof(*lines));

	for (size_t i = 0; lines && i < x->m->threads_count; i++) {
		const struct measured_thread *t = &x->m->threads[i];
		size_t line = process_line(x, t->process);

		if (line == MEASURED_NONE)
			continue;
		lines[line].cpu_s += (double)t->cpu_ns / 1e9;
		lines[line].ready_s += (double)(t->run_queue_ns + t->stolen_ns) / 1e9;
		lines[line].busy_s += thread_busy_s(g->p, i);
	}
	return lines;
}

/* A child computes, and waits for the rest of its life. */
static int lines_put(struct gathering *g, const struct line *lines)
{
	double begin_s = INFINITY, end_s = 0;
	int error = 0;

	for (size_t i = 0; i < g->x->m->processes_count && !error; i++) {
		const struct measured_process *p = &g->x->m->processes[i];
		double start_s = (double)p->start_ns / 1e9;
		double until_s = fmin(g->p->wall_s, (double)p->end_ns / 1e9);
		double known_s = lines[i].cpu_s + lines[i].ready_s;

		if (process_line(g->x, i) != i)
			continue;
		begin_s = fmin(begin_s, start_s);
		end_s = fmax(end_s, until_s);
		error = child_put(g, lines[i].cpu_s, fmax(0, until_s - start_s - known_s));
	}
	if (gathering_is_whole(g) && begin_s < end_s) {
		g->begin_s = begin_s;
		g->end_s = end_s;
	}
	for (size_t i = 0; i < g->x->m->threads_count; i++)
		g->gathered[i] = process_line(g->x, g->x->m->threads[i].process) != MEASURED_NONE;
	return error;
}

/* Whether a program starts a child for each operation: children do most of the work, one after the
 * other or more of them than at once. */
static bool lines_are_operations(const struct gathering *g, const struct line *lines)
{
	const struct profile_work *w = &g->p->work;
	double sum_s = 0;
	size_t count = 0;

	for (size_t i = 0; i < g->x->m->processes_count; i++) {
		sum_s += lines[i].busy_s;
		count += lines[i].busy_s > 0;
	}
	return count > 1 && sum_s > w->busy.total_s / 2 &&
	       (w->model == MODEL_SEQUENTIAL || w->elastic);
}

int children_gather(struct gathering *g, bool *ret_are_operations)
{
	struct line *lines = lines_sum(g);
	int error = lines ? 0 : -ENOMEM;

	*ret_are_operations = lines && lines_are_operations(g, lines);
	if (*ret_are_operations)
		error = lines_put(g, lines);
	free(lines);
	return error;
}
