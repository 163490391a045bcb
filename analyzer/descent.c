/*
 * descent: ancestors are followed up to the program, whose own parents do not count.
 */
#include "descent.h"

#include "margin.h"
#include "meaning.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Scripts, one in the other, around the program. */
#define WRAPPERS_MOST 8

/* Whose descendant a process is, and which part of the program's work its own is part of. */
struct ancestry {
	size_t first;  /* the ancestor that was there first, or itself */
	size_t child;  /* the first one's child among ancestors and itself */
	size_t other;  /* the first of them that executes another program than the first one */
	bool executes; /* it has children that do */
};

/* MEASURED_NONE: it has none here, or is the program. */
static size_t parent_of(const struct meaning *x, const bool *roots, size_t process)
{
	return roots[process] ? MEASURED_NONE : x->family.parent[process];
}

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
static void ancestry_inherit(
	const struct meaning *x, const bool *roots, struct ancestry *ancestries, size_t process)
{
	size_t parent = parent_of(x, roots, process);
	struct ancestry *from, *d = &ancestries[process];
	bool differs;

	if (parent == MEASURED_NONE || ancestries[parent].first == process)
		return;
	from = &ancestries[parent];
	differs =
		program_differs(x, process, from->first) || program_is_executed(x, process, parent);
	from->executes |= differs;
	d->first = from->first;
	d->child = from->child != MEASURED_NONE ? from->child : process;
	d->other = from->other == MEASURED_NONE && differs ? process : from->other;
}

/* Upwards to where descent is known already, and down again: each process is met twice. */
static void ancestries_find(
	const struct meaning *x, const bool *roots, struct ancestry *ancestries, size_t *path)
{
	for (size_t i = 0; i < x->m->processes_count; i++) {
		size_t count = 0, at = i;

		for (; at != MEASURED_NONE && ancestries[at].first == MEASURED_NONE;
			at = parent_of(x, roots, at)) {
			ancestries[at].first = at; /* unless it inherits another */
			path[count++] = at;
		}
		while (count > 0)
			ancestry_inherit(x, roots, ancestries, path[--count]);
	}
}

/*
 * Of a process that was started inside the window: the one of its line whose parent did the
 * starting. That is the first one that executes another program, or, where none does, the first
 * one's child. MEASURED_NONE: the process itself starts others (a pool's worker, the first one).
 */
static size_t ancestry_line(const struct ancestry *ancestries, size_t process)
{
	const struct ancestry *d = &ancestries[process];

	if (d->other != MEASURED_NONE || d->child == MEASURED_NONE)
		return d->other;
	return ancestries[d->child].executes ? MEASURED_NONE : d->child;
}

static int lines_find(struct descent *ret, const struct meaning *x, const bool *roots)
{
	size_t count = x->m->processes_count;
	struct ancestry *ancestries = calloc(count + 1, sizeof(*ancestries));

	if (!ancestries)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		ancestries[i] =
			(struct ancestry){MEASURED_NONE, MEASURED_NONE, MEASURED_NONE, false};
	ancestries_find(x, roots, ancestries, ret->line); /* until they are known, a path */
	for (size_t i = 0; i < count; i++) {
		ret->line[i] = ancestry_line(ancestries, i);
		ret->head[i] = ancestries[i].child;
	}
	free(ancestries);
	return 0;
}

/* The line that does nearly everything, if it starts processes itself: then it is the program, and
 * who started it a script around it. MEASURED_NONE: there is none. */
static size_t program_find(
	const struct descent *d, const struct meaning *x, const double *busy_s, double *sums_s)
{
	size_t count = x->m->processes_count;
	double all_s = 0;

	for (size_t i = 0; i < count; i++)
		all_s += sums_s[i] = busy_s[i];
	descent_sum(d, count, sums_s);
	for (size_t i = 0; i < count; i++)
		if (d->line[i] == i && sums_s[i] > (1 - MARGIN) * all_s &&
			x->family.children[i] > 0 && x->m->processes[i].earlier == 0)
			return i;
	return MEASURED_NONE;
}

int descent_find(struct descent *ret, const struct meaning *x, const double *busy_s)
{
	size_t count = x->m->processes_count, program = MEASURED_NONE;
	bool *roots = calloc(count + 1, sizeof(*roots));
	double *sums_s = calloc(count + 1, sizeof(*sums_s));
	int error;

	*ret = (struct descent){
		.line = calloc(count + 1, sizeof(*ret->line)),
		.head = calloc(count + 1, sizeof(*ret->head)),
	};
	error = roots && sums_s && ret->line && ret->head ? lines_find(ret, x, roots) : -ENOMEM;
	for (int i = 0; i < WRAPPERS_MOST && !error; i++) {
		program = program_find(ret, x, busy_s, sums_s);
		if (program == MEASURED_NONE)
			break;
		roots[program] = true;
		error = lines_find(ret, x, roots);
	}
	free(roots);
	free(sums_s);
	if (error)
		descent_clear(ret);
	return error;
}

/* A line may come after its parts. */
void descent_sum(const struct descent *d, size_t processes, double *each_s)
{
	for (size_t i = 0; i < processes; i++) {
		size_t line = d->line[i];
		double own_s = each_s[i];

		if (line == i)
			continue;
		each_s[i] = 0;
		if (line != MEASURED_NONE)
			each_s[line] += own_s;
	}
}

void descent_clear(struct descent *d)
{
	free(d->line);
	free(d->head);
	*d = (struct descent){0};
}
