/*
 * metric_children: "children.*", processes that the target starts.
 */
#include "metric_group.h"
#include "model.h"

#include "probe/measurement.h"

#include <string.h>

/* The launched command is started as well, but by us. */
static bool is_child(const struct measurement *m, const struct measured_process *process)
{
	for (size_t i = 0; i < m->target.pids_count; i++)
		if (m->target.pids[i] == process->pid)
			return false;
	return process->started;
}

static double children_started(const struct profile *p)
{
	double started = 0;

	for (size_t i = 0; i < p->measurement->processes_count; i++)
		if (is_child(p->measurement, &p->measurement->processes[i]))
			started += 1 + (double)p->measurement->processes[i].earlier;
	return started;
}

SUM(children_started_per_s, ratio(children_started(p), p->wall_s))

static double children_lifetime_mean_s(const struct profile *p)
{
	const struct measurement *m = p->measurement;
	double lived = 0;

	for (size_t i = 0; i < m->processes_count; i++) {
		const struct measured_process *child = &m->processes[i];
		int64_t end = child->end_ns == MEASURED_ALIVE ? (int64_t)m->wall_ns : child->end_ns;

		if (is_child(m, child))
			lived += ((double)(end - child->start_ns) - (double)child->vacant_ns) / 1e9;
	}
	return ratio(lived, children_started(p));
}

SUM(children_operations, p->offspring.count)

/* NULL: native code. */
static const char *starter_runtime(const struct profile *p)
{
	for (size_t i = 0; i < p->measurement->runtimes_count; i++)
		if (p->measurement->runtimes[i].process == p->offspring.starter)
			return p->measurement->runtimes[i].name;
	return NULL;
}

static double children_starter_threadless(const struct profile *p)
{
	const char *name = starter_runtime(p);

	return known(!name || model_is_threadless(name), p->offspring.starter != MEASURED_NONE);
}

static double children_starter_node(const struct profile *p)
{
	const char *name = starter_runtime(p);

	return known(name && strcmp(name, "node") == 0, p->offspring.starter != MEASURED_NONE);
}

SUM(children_operation_mean_s, ratio(p->offspring.busy_s, p->offspring.count))

static const struct metric children_rows[] = {
	{"children.lifetime_mean_s", "s", "how long processes started meanwhile lived, on average",
		children_lifetime_mean_s},
	{"children.operation_mean_s", "s",
		"how long a process that is an operation, with those that it starts, is busy on "
		"average",
		children_operation_mean_s},
	{"children.operations", "count",
		"a program that starts a process for each operation: how many; else 0",
		children_operations},
	{"children.started", "count", "processes started while it was measured", children_started},
	{"children.started_per_s", "count", "the same, per second", children_started_per_s},
	{"children.starter_node", "bool", "what starts a process for each operation is Node.js",
		children_starter_node},
	{"children.starter_threadless", "bool",
		"it has no threads for that: a shell, make, PHP, Perl, R",
		children_starter_threadless},
};

const struct metric_group metric_children = METRIC_GROUP(children_rows);
