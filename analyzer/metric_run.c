/*
 * metric_run: the run as a whole: its host, and what ran.
 */
#include "metric_group.h"

#include "probe/measurement.h"

SUM(concurrency_cpu_utilization, p->concurrency.cpu_utilization)
SUM(concurrency_mean_running, p->concurrency.mean_running)
SUM(concurrency_mean_awaiting, p->concurrency.mean_awaiting)
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

static const struct metric concurrency_rows[] = {
	{"concurrency.cpu_utilization", "share", "of the CPUs it may use, how much it used",
		concurrency_cpu_utilization},
	{"concurrency.mean_awaiting", "count",
		"threads in a wait that is work, on average, but for sleeps and for what went on all along",
		concurrency_mean_awaiting},
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

static const struct metric switches_rows[] = {
	{"switches.involuntary_per_cpu_s", "count",
		"times a thread was taken off its CPU, per second of CPU time",
		switches_involuntary_per_cpu_s},
	{"switches.voluntary_per_cpu_s", "count", "times a thread began to wait, per second of CPU",
		switches_voluntary_per_cpu_s},
};

const struct metric_group metric_switches = METRIC_GROUP(switches_rows);
