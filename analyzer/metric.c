/*
 * metric: the named numbers of a profile that rules reason with, one row each.
 *
 * "time.*" is the time of all threads; "work.*" leaves out the waiting for work, for users and for
 * the program's own threads and children, so its shares say what the program does when it does
 * something. A metric without meaning in this profile (the lag of a loop where there is none) is
 * NAN: a condition over it does not hold.
 */
#include "metric.h"

#include "probe/measurement.h"
#include "profile.h"

#include <math.h>
#include <string.h>

/* A sum of one expression over the profile `p`. */
#define SUM(name, expression)                       \
	static double name(const struct profile *p) \
	{                                           \
		return (expression);                \
	}

static double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

static double known(double value, bool is_known)
{
	return is_known ? value : NAN;
}

/* States: of all time, and of the time that is not idle. */

#define TIME_SUMS(state, STATE)                 \
	SUM(time_##state##_s, p->time.s[STATE]) \
	SUM(time_##state##_share, ratio(p->time.s[STATE], p->time.total_s))
#define WORK_SUM(state, STATE) \
	SUM(work_##state##_share, ratio(p->work.busy.s[STATE], p->work.busy.total_s))

TIME_SUMS(child, STATE_CHILD)
TIME_SUMS(cpu_kernel, STATE_CPU_KERNEL)
TIME_SUMS(cpu_user, STATE_CPU_USER)
TIME_SUMS(disk, STATE_DISK)
TIME_SUMS(interpreter_lock, STATE_INTERPRETER_LOCK)
TIME_SUMS(ipc, STATE_IPC)
TIME_SUMS(lock, STATE_LOCK)
TIME_SUMS(network, STATE_NETWORK)
TIME_SUMS(other, STATE_OTHER)
TIME_SUMS(page_fault, STATE_PAGE_FAULT)
TIME_SUMS(poll, STATE_POLL)
TIME_SUMS(run_queue, STATE_RUN_QUEUE)
TIME_SUMS(sleep, STATE_SLEEP)
TIME_SUMS(stopped, STATE_STOPPED)
TIME_SUMS(sync, STATE_SYNC)
TIME_SUMS(terminal, STATE_TERMINAL)
SUM(time_cpu_s, p->time.s[STATE_CPU_USER] + p->time.s[STATE_CPU_KERNEL])
SUM(time_cpu_share, ratio(time_cpu_s(p), p->time.total_s))
SUM(time_total_s, p->time.total_s)

WORK_SUM(child, STATE_CHILD)
WORK_SUM(cpu_kernel, STATE_CPU_KERNEL)
WORK_SUM(cpu_user, STATE_CPU_USER)
WORK_SUM(disk, STATE_DISK)
WORK_SUM(interpreter_lock, STATE_INTERPRETER_LOCK)
WORK_SUM(ipc, STATE_IPC)
WORK_SUM(lock, STATE_LOCK)
WORK_SUM(network, STATE_NETWORK)
WORK_SUM(page_fault, STATE_PAGE_FAULT)
WORK_SUM(poll, STATE_POLL)
WORK_SUM(run_queue, STATE_RUN_QUEUE)
WORK_SUM(sleep, STATE_SLEEP)
WORK_SUM(sync, STATE_SYNC)
SUM(work_cpu_s, p->work.cpu_s)
SUM(work_cpu_share, ratio(p->work.cpu_s, p->work.busy.total_s))
SUM(work_cpu_locked_share, ratio(p->work.cpu_locked_s, p->work.cpu_s))
SUM(loop_one_by_one, p->work.one_by_one)
SUM(now_wall_s, p->now_s)
SUM(work_longest_s, p->work.longest_s)
SUM(work_operations, (double)p->work.operations)
SUM(work_total_s, p->work.busy.total_s)
SUM(work_wait_s, p->work.wait_s)
SUM(work_wait_share, ratio(p->work.wait_s, p->work.busy.total_s))
SUM(work_ready_share, ratio(p->work.cpu_s + p->work.busy.s[STATE_RUN_QUEUE], p->work.busy.total_s))
SUM(work_wait_joint_share, ratio(p->work.wait_joint_s, p->work.busy.total_s))
SUM(work_workers, p->work.workers)

/* Predictions. */

static const struct prediction *prediction_of(const struct profile *p, enum model m)
{
	for (size_t i = 0; i < p->predictions_count; i++)
		if (p->predictions[i].model == m)
			return &p->predictions[i];
	return NULL;
}

#define MODEL_SUM(name, MODEL, field)                                   \
	static double name##_##field(const struct profile *p)           \
	{                                                               \
		const struct prediction *row = prediction_of(p, MODEL); \
                                                                        \
		return row ? row->field : NAN;                          \
	}
#define MODEL_SUMS(name, MODEL)              \
	MODEL_SUM(name, MODEL, capacity)     \
	MODEL_SUM(name, MODEL, current)      \
	MODEL_SUM(name, MODEL, memory_bytes) \
	MODEL_SUM(name, MODEL, speedup)      \
	MODEL_SUM(name, MODEL, speedup_high) \
	MODEL_SUM(name, MODEL, speedup_low)  \
	MODEL_SUM(name, MODEL, wall_s)       \
	MODEL_SUM(name, MODEL, workers)

static double best_wall_s(const struct profile *p)
{
	double best = NAN;

	for (size_t i = 0; i < p->predictions_count; i++)
		best = fmin(best, p->predictions[i].wall_s);
	return best;
}

/* A model twice as fast as another saves little, where both save nearly all. */
#define BEHIND_SUM(name) \
	SUM(name##_behind_share, ratio(name##_wall_s(p) - best_wall_s(p), p->wall_s))

MODEL_SUMS(sequential, MODEL_SEQUENTIAL)
MODEL_SUMS(threads, MODEL_THREADS)
MODEL_SUMS(processes, MODEL_PROCESSES)
MODEL_SUMS(event_loop, MODEL_EVENT_LOOP)
MODEL_SUMS(hybrid, MODEL_HYBRID)
BEHIND_SUM(sequential)
BEHIND_SUM(threads)
BEHIND_SUM(processes)
BEHIND_SUM(event_loop)
BEHIND_SUM(hybrid)

static double best_speedup(const struct profile *p)
{
	double best = NAN;

	for (size_t i = 0; i < p->predictions_count; i++)
		best = fmax(best, p->predictions[i].speedup);
	return best;
}

static double best_capacity(const struct profile *p)
{
	double best = NAN;

	for (size_t i = 0; i < p->predictions_count; i++)
		best = fmax(best, p->predictions[i].capacity);
	return best;
}

/* Concurrency, switches, and who was started. */

SUM(concurrency_cpu_utilization, p->concurrency.cpu_utilization)
SUM(concurrency_mean_running, p->concurrency.mean_running)
SUM(concurrency_mean_waiting, p->concurrency.mean_waiting)
SUM(concurrency_processes_peak, (double)p->concurrency.processes_peak)
SUM(concurrency_threads_peak, (double)p->concurrency.threads_peak)
SUM(concurrency_waiting_peak, p->concurrency.waiting_peak)
SUM(concurrency_runnable_per_cpu,
	ratio(time_cpu_s(p) + p->time.s[STATE_RUN_QUEUE], p->wall_s * p->concurrency.cpus))

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
	return ratio((double)switches, time_cpu_s(p));
}

static double switches_involuntary_per_cpu_s(const struct profile *p)
{
	uint64_t switches = 0;

	for (size_t i = 0; i < p->measurement->threads_count; i++)
		switches += p->measurement->threads[i].switches_involuntary;
	return ratio((double)switches, time_cpu_s(p));
}

static double run_threads_started_per_s(const struct profile *p)
{
	size_t started = 0;

	for (size_t i = 0; i < p->measurement->threads_count; i++)
		started += p->measurement->threads[i].started;
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
	size_t started = 0;

	for (size_t i = 0; i < p->measurement->processes_count; i++)
		started += is_child(p->measurement, &p->measurement->processes[i]);
	return (double)started;
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
			lived += (double)(end - child->start_ns) / 1e9;
	}
	return ratio(lived, children_started(p));
}

static double memory_per_process_bytes(const struct profile *p)
{
	uint64_t most = 0;

	for (size_t i = 0; i < p->measurement->processes_count; i++)
		if (p->measurement->processes[i].rss_peak_bytes > most)
			most = p->measurement->processes[i].rss_peak_bytes;
	return known((double)most, most > 0);
}

SUM(tuned_speedup, p->tuned.speedup)
SUM(tuned_workers, p->tuned.workers)
SUM(tuned_capacity, p->tuned.capacity)

/* The run, its host and its runtimes. */

SUM(run_attached, p->measurement->target.mode == MEASURED_ATTACH)
SUM(run_idle_share, ratio(p->work.idle_s, p->time.total_s))
SUM(run_processes_seen, (double)p->measurement->processes_count)
SUM(run_service, p->work.service)
SUM(run_threads_seen, (double)p->measurement->threads_count)
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

/* Roles and servers. */

static double role_count(const struct profile *p, enum role role)
{
	size_t count = 0;

	for (size_t i = 0; i < p->threads_count; i++)
		count += p->threads[i].role == role;
	return (double)count;
}

static bool process_works(const struct profile *p, size_t process)
{
	for (size_t i = 0; i < p->threads_count; i++)
		if (p->measurement->threads[i].process == process &&
			(p->threads[i].role == ROLE_WORKER || p->threads[i].role == ROLE_MAIN))
			return true;
	return false;
}

/* A pool's own threads, that feed its processes, stand beside no worker. */
static double spare_count(const struct profile *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->threads_count; i++)
		count += p->threads[i].role == ROLE_IDLE &&
			 process_works(p, p->measurement->threads[i].process);
	return (double)count;
}

SUM(roles_coordinator_count, role_count(p, ROLE_COORDINATOR))
SUM(roles_event_loop_count, role_count(p, ROLE_EVENT_LOOP))
SUM(roles_idle_count, role_count(p, ROLE_IDLE))
SUM(roles_main_count, role_count(p, ROLE_MAIN))
SUM(roles_spare_count, spare_count(p))
SUM(roles_worker_count, role_count(p, ROLE_WORKER))
SUM(server_connection_threads, (double)p->server.connection_threads)
SUM(server_connections, (double)p->server.connections)
SUM(server_present, p->server.present)

/* Locks: the worst one that is not a runtime's global lock. */

static bool lock_is_global(const struct profile_lock *l)
{
	return strcmp(l->kind, "interpreter") == 0;
}

static const struct profile_lock *lock_top(const struct profile *p)
{
	for (size_t i = 0; i < p->locks_count; i++)
		if (!lock_is_global(&p->locks[i]))
			return &p->locks[i];
	return NULL;
}

static double locks_wait_s(const struct profile *p)
{
	double all = 0;

	for (size_t i = 0; i < p->locks_count; i++)
		if (!lock_is_global(&p->locks[i]))
			all += p->locks[i].total_wait_s;
	return all;
}

#define LOCK_SUM(name, field)                               \
	static double name(const struct profile *p)         \
	{                                                   \
		const struct profile_lock *l = lock_top(p); \
                                                            \
		return l ? (double)l->field : 0;            \
	}

LOCK_SUM(locks_top_held_s, held_s)
LOCK_SUM(locks_top_wait_s, total_wait_s)
LOCK_SUM(locks_top_wait_max_s, max_wait_s)
LOCK_SUM(locks_top_waiters, waiters)
LOCK_SUM(locks_top_waits, waits)
SUM(locks_top_held_share, ratio(locks_top_held_s(p), p->wall_s))
SUM(locks_top_share, ratio(locks_top_wait_s(p), p->work.busy.total_s))
SUM(locks_top_concentration, ratio(locks_top_wait_s(p), locks_wait_s(p)))

/* A runtime's global lock. */

SUM(gil_present, p->interpreter.present)
SUM(gil_held_share, p->interpreter.held_share)
SUM(gil_free_cpu_share, p->interpreter.free_cpu_share)
SUM(gil_wait_s, p->interpreter.wait_s)
SUM(gil_utilization, p->interpreter.utilization)

static double gil_waiters(const struct profile *p)
{
	size_t waiters = 0;

	for (size_t i = 0; i < p->locks_count; i++)
		if (lock_is_global(&p->locks[i]))
			waiters += p->locks[i].waiters;
	return (double)waiters;
}

static double gil_inferred(const struct profile *p)
{
	for (size_t i = 0; i < p->locks_count; i++)
		if (p->locks[i].inferred)
			return 1;
	return 0;
}

/* Event loops. The largest of a value over all loops; NAN where there is none or none known. */

#define LOOP_MAX(name, expression)                                   \
	static double name(const struct profile *p)                  \
	{                                                            \
		double most = NAN;                                   \
                                                                     \
		for (size_t i = 0; i < p->loops_count; i++) {        \
			const struct profile_loop *l = &p->loops[i]; \
                                                                     \
			most = fmax(most, (expression));             \
		}                                                    \
		return most;                                         \
	}

LOOP_MAX(loop_busy_share, l->busy_share)
LOOP_MAX(loop_compute_max_s, l->compute_max_s)
LOOP_MAX(loop_lag_max_s, l->lag_max_s)
LOOP_MAX(loop_lag_p50_s, l->lag_p50_s)
/* Of fewer than a hundred rounds the longest one would be the 99th percentile: often the start. */
LOOP_MAX(loop_lag_p99_s, l->iterations >= 0 && l->iterations < 100 ? NAN : l->lag_p99_s)
LOOP_MAX(loop_saturated, l->saturated)
SUM(loop_count, (double)p->loops_count)

/* The loop that is closest to its limit decides. */
static double loop_capacity(const struct profile *p)
{
	double least = NAN;

	for (size_t i = 0; i < p->loops_count; i++)
		least = fmin(least, p->loops[i].capacity);
	return least;
}

static double loop_iterations(const struct profile *p)
{
	double all = NAN;

	for (size_t i = 0; i < p->loops_count; i++)
		if (p->loops[i].iterations >= 0)
			all = (isnan(all) ? 0 : all) + (double)p->loops[i].iterations;
	return all;
}

SUM(loop_iterations_per_s, ratio(loop_iterations(p), p->wall_s))

struct blocking_sum {
	double count, total_s, max_s, loops_s;
};

static struct blocking_sum blocking_of_loops(const struct profile *p)
{
	struct blocking_sum sum = {0};

	for (size_t i = 0; i < p->loops_count; i++) {
		const struct profile_loop *l = &p->loops[i];

		sum.loops_s += p->threads[l->thread].wall_s;
		for (size_t j = 0; j < l->blocking_count; j++) {
			sum.count += (double)l->blocking[j].count;
			sum.total_s += l->blocking[j].total_s;
			sum.max_s = fmax(sum.max_s, l->blocking[j].max_s);
		}
	}
	return sum;
}

SUM(loop_blocking_count, known(blocking_of_loops(p).count, p->loops_count > 0))
SUM(loop_blocking_max_s, known(blocking_of_loops(p).max_s, p->loops_count > 0))
SUM(loop_blocking_share, ratio(blocking_of_loops(p).total_s, blocking_of_loops(p).loops_s))

/* Waits that are work. */

static bool wait_is_work(const struct profile_wait *w)
{
	switch (w->state) {
	case STATE_DISK:
	case STATE_NETWORK:
	case STATE_IPC:
	case STATE_SLEEP:
	case STATE_CHILD:
	case STATE_TERMINAL:
	case STATE_POLL:
		return !w->idle;
	default:
		return false;
	}
}

static const struct profile_wait *wait_top(const struct profile *p)
{
	for (size_t i = 0; i < p->waits_count; i++)
		if (wait_is_work(&p->waits[i]))
			return &p->waits[i];
	return NULL;
}

#define WAIT_TOP(name, expression, without)                 \
	static double name(const struct profile *p)         \
	{                                                   \
		const struct profile_wait *w = wait_top(p); \
                                                            \
		return w ? (expression) : (without);        \
	}

WAIT_TOP(waits_top_count, (double)w->count, 0)
WAIT_TOP(waits_top_mean_s, w->mean_s, NAN)
WAIT_TOP(waits_top_overlapped, w->overlapped, NAN)
WAIT_TOP(waits_top_share, ratio(w->total_s, p->work.busy.total_s), 0)

/* Syscalls that return when data has reached the disk. */
static bool wait_is_durable(const struct profile_wait *w)
{
	static const char *const calls[] = {
		"fsync", "fdatasync", "sync", "syncfs", "sync_file_range", "msync"};

	for (size_t i = 0; w->syscall && i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(w->syscall, calls[i]) == 0)
			return true;
	return false;
}

struct wait_sum {
	double count, total_s, max_s, overlapped_s;
};

static struct wait_sum waits_of(
	const struct profile *p, bool (*counts)(const struct profile_wait *))
{
	struct wait_sum sum = {0};

	for (size_t i = 0; i < p->waits_count; i++) {
		const struct profile_wait *w = &p->waits[i];

		if (!counts(w))
			continue;
		sum.count += (double)w->count;
		sum.total_s += w->total_s;
		sum.max_s = fmax(sum.max_s, w->max_s);
		if (!isnan(w->overlapped))
			sum.overlapped_s += w->overlapped * w->total_s;
	}
	return sum;
}

SUM(waits_count, waits_of(p, wait_is_work).count)
SUM(waits_max_s, waits_of(p, wait_is_work).max_s)
SUM(waits_overlapped,
	ratio(waits_of(p, wait_is_work).overlapped_s, waits_of(p, wait_is_work).total_s))
SUM(waits_durable_count, waits_of(p, wait_is_durable).count)
SUM(waits_durable_per_s, ratio(waits_of(p, wait_is_durable).count, p->wall_s))
SUM(waits_durable_share, ratio(waits_of(p, wait_is_durable).total_s, p->work.busy.total_s))

static double current_capacity(const struct profile *p)
{
	for (size_t i = 0; i < p->predictions_count; i++)
		if (p->predictions[i].current)
			return p->predictions[i].capacity;
	return NAN;
}

/* The measurement itself. */

static double check_passed(const struct profile *p, const char *id)
{
	for (size_t i = 0; i < p->checks_count; i++)
		if (strcmp(p->checks[i].id, id) == 0)
			return p->checks[i].passed;
	return NAN;
}

SUM(polling_busy_share, p->polling_share)
SUM(quality_cost_share,
	ratio(p->measurement->cost.probe_cpu_s + p->measurement->cost.tool_cpu_s, time_cpu_s(p)))
SUM(quality_grade, p->grade)
SUM(quality_loaded, check_passed(p, "load"))
SUM(quality_long_enough, check_passed(p, "duration"))
SUM(quality_lost, (double)p->lost)
SUM(quality_undisturbed, check_passed(p, "cpu-pressure"))

static double quality_failed(const struct profile *p)
{
	size_t failed = 0;

	for (size_t i = 0; i < p->checks_count; i++)
		failed += !p->checks[i].passed;
	return (double)failed;
}

#define STATE_ROWS(state, words)                                                  \
	{"time." #state ".s", "s", "thread time: " words, time_##state##_s},      \
	{                                                                         \
		"time." #state ".share", "share", "of all threads' time: " words, \
			time_##state##_share                                      \
	}

#define WORK_ROW(state, words)                                                            \
	{                                                                                 \
		"work." #state ".share", "share", "of the time that is not idle: " words, \
			work_##state##_share                                              \
	}

#define MODEL_ROWS(name, function)                                                        \
	{name ".behind_share", "share",                                                   \
		"of the measured time, what the best model would save beyond " name,      \
		function##_behind_share},                                                 \
		{name ".capacity", "x",                                                   \
			"a service as " name ": times the measured load it could carry",  \
			function##_capacity},                                             \
		{name ".current", "bool", "the program is built as " name " now",         \
			function##_current},                                              \
		{name ".memory_bytes", "bytes", "further memory taken as " name,          \
			function##_memory_bytes},                                         \
		{name ".speedup", "x", "times as fast as " name " (measured: 1)",         \
			function##_speedup},                                              \
		{name ".speedup_high", "x", "upper end of the range of " name ".speedup", \
			function##_speedup_high},                                         \
		{name ".speedup_low", "x", "lower end of the range of " name ".speedup",  \
			function##_speedup_low},                                          \
		{name ".wall_s", "s", "the same work as " name " takes this long",        \
			function##_wall_s},                                               \
	{                                                                                 \
		name ".workers", "count", "threads or processes of that prediction",      \
			function##_workers                                                \
	}

static const struct metric metrics[] = {
	{"best.capacity", "x", "the largest capacity that any model predicts", best_capacity},
	{"best.speedup", "x", "the largest speedup that any model predicts", best_speedup},
	{"children.lifetime_mean_s", "s", "how long processes started meanwhile lived, on average",
		children_lifetime_mean_s},
	{"children.started", "count", "processes started while it was measured", children_started},
	{"children.started_per_s", "count", "the same, per second", children_started_per_s},
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
	{"current.capacity", "x", "a service: times the measured load that it could carry as it is",
		current_capacity},
	MODEL_ROWS("event-loop", event_loop),
	{"gil.free_cpu_share", "share", "of on-CPU time, outside the runtime's global lock",
		gil_free_cpu_share},
	{"gil.held_share", "share", "of on-CPU time, holding the runtime's global lock",
		gil_held_share},
	{"gil.inferred", "bool", "the global lock was told by behaviour, not by its address",
		gil_inferred},
	{"gil.present", "bool", "a runtime with a global lock runs in the target", gil_present},
	{"gil.utilization", "share",
		"of the window, the busiest global lock was held by a computing thread",
		gil_utilization},
	{"gil.wait_s", "s", "all threads' waiting for a global lock", gil_wait_s},
	{"gil.waiters", "count", "threads that waited for a global lock", gil_waiters},
	{"host.cpu_quota", "count", "cores that the cgroup's quota allows; unknown: no quota",
		host_cpu_quota},
	{"host.cpus", "count", "CPUs that it may use: online, affinity, quota, the least",
		host_cpus},
	{"host.cpus_online", "count", "CPUs of the machine that are online", host_cpus_online},
	{"host.memory_available_bytes", "bytes", "memory that was available at the start",
		host_memory_available_bytes},
	{"host.throttled_share", "share", "of the window, a CPU quota held it back",
		host_throttled_share},
	MODEL_ROWS("hybrid", hybrid),
	{"locks.top.concentration", "share",
		"of all waiting for locks (the runtime's aside), that for the worst one",
		locks_top_concentration},
	{"locks.top.held_share", "share",
		"of the window, somebody waited for the worst lock, so somebody else held it",
		locks_top_held_share},
	{"locks.top.share", "share", "of the time that is not idle, waiting for the worst lock",
		locks_top_share},
	{"locks.top.wait_max_s", "s", "longest wait for the worst lock", locks_top_wait_max_s},
	{"locks.top.wait_s", "s", "all waiting for the worst lock, the runtime's aside",
		locks_top_wait_s},
	{"locks.top.waiters", "count", "threads that waited for the worst lock", locks_top_waiters},
	{"locks.top.waits", "count", "waits for the worst lock", locks_top_waits},
	{"loop.blocking.count", "count", "waits other than the loop's own, on all event loops",
		loop_blocking_count},
	{"loop.blocking.max_s", "s", "longest wait on an event loop other than its own",
		loop_blocking_max_s},
	{"loop.blocking.share", "share",
		"of the event loops' time, blocked in waits other than their own",
		loop_blocking_share},
	{"loop.busy_share", "share", "of its time, the busiest event loop was not waiting",
		loop_busy_share},
	{"loop.capacity", "x", "times the measured load that the busiest event loop could carry",
		loop_capacity},
	{"loop.compute_max_s", "s", "longest computing on an event loop between two waits",
		loop_compute_max_s},
	{"loop.count", "count", "event loops", loop_count},
	{"loop.iterations", "count", "iterations of all event loops that could be counted",
		loop_iterations},
	{"loop.iterations_per_s", "count", "the same, per second of the window",
		loop_iterations_per_s},
	{"loop.lag_max_s", "s", "longest time on an event loop between two waits", loop_lag_max_s},
	{"loop.lag_p50_s", "s", "median time between two waits, on the loop where it is longest",
		loop_lag_p50_s},
	{"loop.lag_p99_s", "s",
		"the same, 99th percentile, of loops with a hundred rounds at least",
		loop_lag_p99_s},
	{"loop.one_by_one", "bool", "an event loop has hardly more than one request under way",
		loop_one_by_one},
	{"loop.saturated", "bool", "an event loop hardly ever sleeps: events are always waiting",
		loop_saturated},
	{"memory.per_process_bytes", "bytes", "resident size of the largest process, at its peak",
		memory_per_process_bytes},
	{"now.wall_s", "s",
		"as it is built now: measured, or under what --cpus and --operations suppose",
		now_wall_s},
	{"polling.busy_share", "share",
		"of on-CPU time, asking again and again whether something is ready",
		polling_busy_share},
	MODEL_ROWS("processes", processes),
	{"quality.cost_share", "share", "CPU taken by the measuring, of the target's own",
		quality_cost_share},
	{"quality.failed", "count", "checks of the measurement that failed", quality_failed},
	{"quality.grade", "grade", "0 good, 1 fair, 2 poor", quality_grade},
	{"quality.loaded", "bool", "the target did something while it was measured",
		quality_loaded},
	{"quality.long_enough", "bool", "long enough, or enough operations, to judge",
		quality_long_enough},
	{"quality.lost", "count", "records, probes and samples that were lost", quality_lost},
	{"quality.undisturbed", "bool", "other programs did not take the CPUs away",
		quality_undisturbed},
	{"roles.coordinator.count", "count", "threads that wait for their own threads or children",
		roles_coordinator_count},
	{"roles.event-loop.count", "count", "threads that are event loops", roles_event_loop_count},
	{"roles.idle.count", "count", "threads that waited for work nearly all the time",
		roles_idle_count},
	{"roles.main.count", "count", "first threads that do the work themselves",
		roles_main_count},
	{"roles.spare.count", "count", "idle threads of processes in which others work",
		roles_spare_count},
	{"roles.worker.count", "count", "threads that work on what they are handed",
		roles_worker_count},
	{"run.attached", "bool", "it ran before the measuring began", run_attached},
	{"run.idle_share", "share", "of all threads' time, waiting for work or users",
		run_idle_share},
	{"run.processes_seen", "count", "processes measured", run_processes_seen},
	{"run.service", "bool", "it waits for requests, and does not run to an end", run_service},
	{"run.threads_seen", "count", "threads measured", run_threads_seen},
	{"run.threads_started_per_s", "count", "threads started, per second",
		run_threads_started_per_s},
	{"run.wall_s", "s", "how long it was measured", run_wall_s},
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
	MODEL_ROWS("sequential", sequential),
	{"server.connection_threads", "count", "threads that wait on accepted connections",
		server_connection_threads},
	{"server.connections", "count", "ports of its own on whose connections it waited",
		server_connections},
	{"server.present", "bool", "it accepts connections", server_present},
	{"switches.involuntary_per_cpu_s", "count",
		"times a thread was taken off its CPU, per second of CPU time",
		switches_involuntary_per_cpu_s},
	{"switches.voluntary_per_cpu_s", "count", "times a thread began to wait, per second of CPU",
		switches_voluntary_per_cpu_s},
	MODEL_ROWS("threads", threads),
	STATE_ROWS(child, "waiting for child processes"),
	{"time.cpu.s", "s", "thread time: on a CPU, user and kernel", time_cpu_s},
	{"time.cpu.share", "share", "of all threads' time: on a CPU", time_cpu_share},
	STATE_ROWS(cpu_kernel, "on a CPU, in the kernel"),
	STATE_ROWS(cpu_user, "on a CPU, in the program's own code"),
	STATE_ROWS(disk, "waiting for files and block devices"),
	STATE_ROWS(interpreter_lock, "waiting for a runtime's global lock"),
	STATE_ROWS(ipc, "waiting for pipes, UNIX sockets, eventfds, message queues"),
	STATE_ROWS(lock, "waiting for locks that other threads held"),
	STATE_ROWS(network, "waiting for single sockets"),
	STATE_ROWS(other, "waiting in a way that no state names"),
	STATE_ROWS(page_fault, "waiting for memory"),
	STATE_ROWS(poll, "waiting until one of several files is ready"),
	STATE_ROWS(run_queue, "ready, but waiting for a CPU"),
	STATE_ROWS(sleep, "asleep by its own wish"),
	STATE_ROWS(stopped, "stopped by a signal, a tracer or the freezer"),
	STATE_ROWS(sync, "waiting for other threads' work"),
	STATE_ROWS(terminal, "waiting for a terminal"),
	{"time.total_s", "s", "all threads' time inside the window", time_total_s},
	{"tuned.capacity", "x",
		"a service: times the load that its own model could carry, well sized",
		tuned_capacity},
	{"tuned.speedup", "x",
		"times as fast as it is built now, with the best number of workers and nothing "
		"blocking its loop",
		tuned_speedup},
	{"tuned.workers", "count", "that number of workers", tuned_workers},
	{"waits.count", "count", "waits that are work", waits_count},
	{"waits.durable.count", "count", "waits for data to reach the disk (fsync and the like)",
		waits_durable_count},
	{"waits.durable.per_s", "count", "the same, per second", waits_durable_per_s},
	{"waits.durable.share", "share", "of the time that is not idle, in such waits",
		waits_durable_share},
	{"waits.max_s", "s", "longest wait that is work", waits_max_s},
	{"waits.overlapped", "share",
		"of the waiting that is work, how much ran side by side with other such waiting",
		waits_overlapped},
	{"waits.top.count", "count", "waits of the kind that took longest in all", waits_top_count},
	{"waits.top.mean_s", "s", "their mean length", waits_top_mean_s},
	{"waits.top.overlapped", "share", "of their time, another of them was under way",
		waits_top_overlapped},
	{"waits.top.share", "share", "of the time that is not idle, in them", waits_top_share},
	WORK_ROW(child, "waiting for child processes"),
	{"work.cpu.share", "share", "of the time that is not idle: on a CPU", work_cpu_share},
	WORK_ROW(cpu_kernel, "on a CPU, in the kernel"),
	{"work.cpu_locked_share", "share", "of the CPU time, under a runtime's global lock",
		work_cpu_locked_share},
	{"work.cpu_s", "s", "all computing", work_cpu_s},
	WORK_ROW(cpu_user, "on a CPU, in the program's own code"),
	WORK_ROW(disk, "waiting for files and block devices"),
	WORK_ROW(interpreter_lock, "waiting for a runtime's global lock"),
	WORK_ROW(ipc, "waiting for pipes, UNIX sockets, eventfds, message queues"),
	WORK_ROW(lock, "waiting for locks that other threads held"),
	{"work.longest_s", "s",
		"the longest that is serial: a wait, a child that works, a chain of rounds",
		work_longest_s},
	WORK_ROW(network, "waiting for single sockets"),
	{"work.operations", "count", "operations that could run side by side", work_operations},
	WORK_ROW(page_fault, "waiting for memory"),
	WORK_ROW(poll, "waiting in an event loop, for what it started itself"),
	{"work.ready.share", "share", "of the time that is not idle: on a CPU, or ready for one",
		work_ready_share},
	WORK_ROW(run_queue, "ready, but waiting for a CPU"),
	WORK_ROW(sleep, "asleep by its own wish"),
	WORK_ROW(sync, "waiting for other threads' work"),
	{"work.total_s", "s", "all threads' time that is neither idle nor coordinating",
		work_total_s},
	{"work.wait.share", "share",
		"of the time that is not idle, in waits that could overlap: network, disk, ipc, "
		"sleep",
		work_wait_share},
	{"work.wait_joint.share", "share",
		"of the time that is not idle, an event loop waits for all that it started",
		work_wait_joint_share},
	{"work.wait_s", "s", "all waits that are work and could overlap", work_wait_s},
	{"work.workers", "count", "threads or processes that share the work now", work_workers},
};

const struct metric *metric_all(size_t *ret_count)
{
	*ret_count = sizeof(metrics) / sizeof(metrics[0]);
	return metrics;
}
