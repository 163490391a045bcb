/*
 * metric_run: the run as a whole: its host, its runtimes, what ran and what was started.
 */
#include "metric_group.h"

#include "probe/measurement.h"

#include <string.h>

SUM(concurrency_cpu_utilization, p->concurrency.cpu_utilization)
SUM(concurrency_mean_running, p->concurrency.mean_running)
SUM(concurrency_mean_waiting, p->concurrency.mean_waiting)
SUM(concurrency_processes_peak, (double)p->concurrency.processes_peak)
SUM(concurrency_threads_peak, (double)p->concurrency.threads_peak)
SUM(concurrency_waiting_peak, p->concurrency.waiting_peak)
SUM(concurrency_runnable_per_cpu,
	ratio(cpu_s(p) + p->time.s[STATE_RUN_QUEUE], p->wall_s * p->concurrency.cpus))

static double running_share(const struct profile *p, size_t threads, size_t at_least)
{
	const struct profile_concurrency *c = &p->concurrency;
	double all = 0;

	for (size_t i = at_least; i < c->running_count; i++)
		all += c->running_s[i];
	return threads < c->running_count ? ratio(c->running_s[threads], all) : NAN;
}

SUM(concurrency_none_running_share, running_share(p, 0, 0))
SUM(concurrency_one_running_share, running_share(p, 1, 1))

static double switches_voluntary_per_cpu_s(const struct profile *p)
{
	uint64_t switches = 0;

	for (size_t i = 0; i < p->measurement->threads_count; i++)
		switches += p->measurement->threads[i].switches_voluntary;
	return ratio((double)switches, cpu_s(p));
}

static double switches_involuntary_per_cpu_s(const struct profile *p)
{
	uint64_t switches = 0;

	for (size_t i = 0; i < p->measurement->threads_count; i++)
		switches += p->measurement->threads[i].switches_involuntary;
	return ratio((double)switches, cpu_s(p));
}

static double run_threads_started_per_s(const struct profile *p)
{
	uint64_t started = 0;

	for (size_t i = 0; i < p->measurement->threads_count; i++)
		started += p->measurement->threads[i].started + p->measurement->threads[i].earlier;
	return ratio((double)started, p->wall_s);
}

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

static double children_starter_native(const struct profile *p)
{
	return known(!starter_runtime(p), p->offspring.starter != MEASURED_NONE);
}

static double children_starter_node(const struct profile *p)
{
	const char *name = starter_runtime(p);

	return known(name && strcmp(name, "node") == 0, p->offspring.starter != MEASURED_NONE);
}

SUM(children_operation_mean_s, ratio(p->offspring.busy_s, p->offspring.count))

static double memory_per_process_bytes(const struct profile *p)
{
	uint64_t most = measurement_rss_peak_bytes(p->measurement);

	return known((double)most, most > 0);
}

SUM(run_attached, p->measurement->target.mode == MEASURED_ATTACH)
SUM(run_idle_share, ratio(p->work.idle_s, p->time.total_s))
SUM(run_processes_seen, (double)measurement_processes(p->measurement))
SUM(run_service, p->work.service)
SUM(run_threads_seen, (double)measurement_threads(p->measurement))
SUM(run_wall_s, p->wall_s)
SUM(host_cpu_quota, p->measurement->host.cpu_quota)
SUM(host_cpus, p->concurrency.cpus)
SUM(host_cpus_online, p->measurement->host.cpus_online)
SUM(host_memory_available_bytes, known((double)p->measurement->host.memory_available_bytes,
					 p->measurement->host.memory_available_bytes > 0))
SUM(host_throttled_share, ratio((double)p->measurement->host.throttled_ns / 1e9, p->wall_s))

static bool runtime_runs(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->measurement->runtimes_count; i++)
		if (strcmp(p->measurement->runtimes[i].name, name) == 0)
			return true;
	return false;
}

SUM(runtime_cpython, runtime_runs(p, "cpython"))
SUM(runtime_dotnet, runtime_runs(p, "dotnet"))
SUM(runtime_global_lock, p->interpreter.present)
SUM(runtime_go, runtime_runs(p, "go"))
SUM(runtime_jvm, runtime_runs(p, "jvm"))
SUM(runtime_native, p->measurement->runtimes_count == 0)
SUM(runtime_node, runtime_runs(p, "node"))
SUM(runtime_pypy, runtime_runs(p, "pypy"))
SUM(runtime_ruby, runtime_runs(p, "ruby"))

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
	{"children.starter_native", "bool",
		"what starts a process for each operation is native code: a shell, make",
		children_starter_native},
	{"children.starter_node", "bool", "it is Node.js", children_starter_node},
};

const struct metric_group metric_children = METRIC_GROUP(children_rows);

static const struct metric concurrency_rows[] = {
	{"concurrency.cpu_utilization", "share", "of the CPUs it may use, how much it used",
		concurrency_cpu_utilization},
	{"concurrency.mean_running", "count", "threads on a CPU, on average",
		concurrency_mean_running},
	{"concurrency.mean_waiting", "count", "threads in a wait that is work, on average",
		concurrency_mean_waiting},
	{"concurrency.none_running_share", "share", "of the window, no thread was on a CPU",
		concurrency_none_running_share},
	{"concurrency.one_running_share", "share",
		"of the time with any thread on a CPU, exactly one was",
		concurrency_one_running_share},
	{"concurrency.processes_peak", "count", "most processes at once",
		concurrency_processes_peak},
	{"concurrency.runnable_per_cpu", "count",
		"threads on a CPU or waiting for one, per usable CPU",
		concurrency_runnable_per_cpu},
	{"concurrency.threads_peak", "count", "most threads at once", concurrency_threads_peak},
	{"concurrency.waiting_peak", "count",
		"most threads at once in a long wait that is work (connections of an event loop "
		"do not show)",
		concurrency_waiting_peak},
};

const struct metric_group metric_concurrency = METRIC_GROUP(concurrency_rows);

static const struct metric host_rows[] = {
	{"host.cpu_quota", "count", "cores that the cgroup's quota allows; unknown: no quota",
		host_cpu_quota},
	{"host.cpus", "count", "CPUs that it may use: online, affinity, quota, the least",
		host_cpus},
	{"host.cpus_online", "count", "CPUs of the machine that are online", host_cpus_online},
	{"host.memory_available_bytes", "bytes", "memory that was available at the start",
		host_memory_available_bytes},
	{"host.throttled_share", "share", "of the window, a CPU quota held it back",
		host_throttled_share},
};

const struct metric_group metric_host = METRIC_GROUP(host_rows);

static const struct metric memory_rows[] = {
	{"memory.per_process_bytes", "bytes", "resident size of the largest process, at its peak",
		memory_per_process_bytes},
};

const struct metric_group metric_memory = METRIC_GROUP(memory_rows);

static const struct metric run_rows[] = {
	{"run.attached", "bool", "it ran before the measuring began", run_attached},
	{"run.idle_share", "share", "of all threads' time, waiting for work or users",
		run_idle_share},
	{"run.processes_seen", "count", "processes measured", run_processes_seen},
	{"run.service", "bool", "it waits for requests, and does not run to an end", run_service},
	{"run.threads_seen", "count", "threads measured", run_threads_seen},
	{"run.threads_started_per_s", "count", "threads started, per second",
		run_threads_started_per_s},
	{"run.wall_s", "s", "how long it was measured", run_wall_s},
};

const struct metric_group metric_run = METRIC_GROUP(run_rows);

static const struct metric runtime_rows[] = {
	{"runtime.cpython", "bool", "CPython runs in the target", runtime_cpython},
	{"runtime.dotnet", "bool", ".NET runs in the target", runtime_dotnet},
	{"runtime.global_lock", "bool", "a runtime in which one thread at a time runs its code",
		runtime_global_lock},
	{"runtime.go", "bool", "Go runs in the target", runtime_go},
	{"runtime.jvm", "bool", "a JVM runs in the target", runtime_jvm},
	{"runtime.native", "bool", "no language runtime was recognised", runtime_native},
	{"runtime.node", "bool", "Node.js runs in the target", runtime_node},
	{"runtime.pypy", "bool", "PyPy runs in the target", runtime_pypy},
	{"runtime.ruby", "bool", "Ruby runs in the target", runtime_ruby},
};

const struct metric_group metric_runtime = METRIC_GROUP(runtime_rows);

static const struct metric switches_rows[] = {
	{"switches.involuntary_per_cpu_s", "count",
		"times a thread was taken off its CPU, per second of CPU time",
		switches_involuntary_per_cpu_s},
	{"switches.voluntary_per_cpu_s", "count", "times a thread began to wait, per second of CPU",
		switches_voluntary_per_cpu_s},
};

const struct metric_group metric_switches = METRIC_GROUP(switches_rows);
