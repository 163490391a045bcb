/*
 * offspring: what the lines of descent do, summed by the program that they execute.
 */
#include "offspring.h"

#include "descent.h"
#include "margin.h"
#include "meaning.h"
#include "profile.h"
#include "site.h"
#include "thread.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Forks, one in the other, that execute nothing: a shell's are one or two. */
#define GENERATIONS_MOST 16

/* Of several that had one row, each. */
static double line_each_s(const struct meaning *x, const double *lines_s, size_t process)
{
	return lines_s[process] / meaning_processes(x, process);
}

/* The line whose processes are busiest. MEASURED_NONE: none is. */
static size_t line_busiest(const struct meaning *x, const double *lines_s)
{
	size_t most = MEASURED_NONE;

	for (size_t i = 0; i < x->m->processes_count; i++)
		if (lines_s[i] > 0 &&
			(most == MEASURED_NONE ||
				line_each_s(x, lines_s, i) > line_each_s(x, lines_s, most)))
			most = i;
	return most;
}

/* How many do a notable part: one that only prepares another's work is no operation. */
static double lines_notable(const struct meaning *x, const double *lines_s)
{
	size_t most = line_busiest(x, lines_s);
	double count = 0;

	for (size_t i = 0; i < x->m->processes_count && most != MEASURED_NONE; i++)
		if (lines_s[i] > 0 &&
			line_each_s(x, lines_s, i) >= MARGIN * line_each_s(x, lines_s, most))
			count += meaning_processes(x, i);
	return count;
}

static double lines_sum(const struct meaning *x, const double *lines_s)
{
	double sum = 0;

	for (size_t i = 0; i < x->m->processes_count; i++)
		sum += lines_s[i];
	return sum;
}

bool offspring_are_operations(
	const struct profile *p, const struct meaning *x, const double *lines_s)
{
	const struct profile_work *w = &p->work;

	return lines_notable(x, lines_s) > 1 && lines_sum(x, lines_s) > w->busy.total_s / 2 &&
	       (w->model == MODEL_SEQUENTIAL || w->elastic);
}

/* One that was only forked executes what its parent does. NULL: not known. */
static const char *executable_of(const struct meaning *x, size_t process)
{
	for (int i = 0; i < GENERATIONS_MOST && process != MEASURED_NONE; i++) {
		if (x->m->processes[process].executable)
			return x->m->processes[process].executable;
		process = x->family.parent[process];
	}
	return NULL;
}

struct execution {
	const char *executable;
	double busy_s, count;
};

static int execution_compare(const void *a, const void *b)
{
	return strcmp(((const struct execution *)a)->executable,
		((const struct execution *)b)->executable);
}

static size_t executions_gather(struct execution *ret, const struct meaning *x,
	const struct descent *d, const double *busy_s)
{
	size_t count = 0;

	for (size_t i = 0; i < x->m->processes_count; i++) {
		const char *executable = d->line[i] == MEASURED_NONE ? NULL : executable_of(x, i);

		if (executable)
			ret[count++] =
				(struct execution){executable, busy_s[i], meaning_processes(x, i)};
	}
	qsort(ret, count, sizeof(*ret), execution_compare);
	return count;
}

/* Sums up those of one program, each in the first of its rows, and finds the busiest. */
static const struct execution *execution_most(struct execution *all, size_t count)
{
	struct execution *most = NULL;

	for (size_t from = 0, to; from < count; from = to) {
		for (to = from + 1; to < count && execution_compare(&all[from], &all[to]) == 0;
			to++) {
			all[from].busy_s += all[to].busy_s;
			all[from].count += all[to].count;
		}
		if (!most || all[from].busy_s > most->busy_s)
			most = &all[from];
	}
	return most;
}

static int program_fill(struct profile_offspring *o, const struct meaning *x,
	const struct descent *d, const double *busy_s)
{
	struct execution *all = calloc(x->m->processes_count + 1, sizeof(*all));
	const struct execution *most;

	if (!all)
		return -ENOMEM;
	most = execution_most(all, executions_gather(all, x, d, busy_s));
	if (most && o->busy_s > 0) {
		o->program = most->executable;
		o->program_count = most->count;
		o->program_share = most->busy_s / o->busy_s;
	}
	free(all);
	return 0;
}

static int sites_fill(struct profile *p, const struct meaning *x)
{
	size_t *sets = calloc(x->m->waits_count + 1, sizeof(*sets));
	int error;

	if (!sets)
		return -ENOMEM;
	for (size_t i = 0; i < x->m->waits_count; i++)
		sets[i] = x->m->threads[x->m->waits[i].thread].process != p->offspring.starter;
	error = sites_of_waits(p, x, sets, 1, &p->offspring.sites);
	free(sets);
	return error;
}

static int starter_fill(struct profile *p, const struct meaning *x, const struct descent *d,
	const double *busy_s, const double *lines_s)
{
	struct profile_offspring *o = &p->offspring;
	int error;

	o->starter = x->family.parent[line_busiest(x, lines_s)];
	if (o->starter == MEASURED_NONE)
		return 0;
	o->count = lines_notable(x, lines_s);
	o->busy_s = lines_sum(x, lines_s);
	error = program_fill(o, x, d, busy_s);
	return error ? error : sites_fill(p, x);
}

int offspring_fill(struct profile *p, const struct meaning *x)
{
	size_t count = x->m->processes_count;
	double *busy_s = thread_processes_busy_s(p);
	double *lines_s = calloc(count + 1, sizeof(*lines_s));
	struct descent d = {0};
	int error = busy_s && lines_s ? descent_find(&d, x, busy_s) : -ENOMEM;

	if (!error) {
		memcpy(lines_s, busy_s, count * sizeof(*lines_s));
		descent_sum(&d, count, lines_s);
		if (!p->work.service && offspring_are_operations(p, x, lines_s))
			error = starter_fill(p, x, &d, busy_s, lines_s);
	}
	descent_clear(&d);
	free(busy_s);
	free(lines_s);
	return error;
}
