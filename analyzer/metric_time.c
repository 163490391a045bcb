/*
 * metric_time: "time.*", all threads' time by state; "work.*", what of it is not idle; and "cpu.*",
 * at which line it computes.
 */
#include "metric_group.h"

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
SUM(time_cpu_s, cpu_s(p))
SUM(time_cpu_share, ratio(cpu_s(p), p->time.total_s))
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

/* Goroutines wait each for its own request while a thread waits for all of them. */
static double worked_s(const struct profile *p)
{
	const struct profile_work *w = &p->work;

	if (!w->goroutines)
		return w->busy.total_s;
	return w->busy.total_s - w->busy.s[STATE_POLL] + w->exchanges_s;
}

SUM(work_cpu_s, p->work.cpu_s)
SUM(work_cpu_share, ratio(p->work.cpu_s, p->work.busy.total_s))
SUM(work_cpu_locked_share, ratio(p->work.cpu_locked_s, p->work.cpu_s))
SUM(work_longest_s, p->work.longest_s)
SUM(work_operations, (double)p->work.operations)
SUM(work_paced_share, ratio(p->work.paced_s, p->work.busy.total_s))
SUM(work_scheduled_share, ratio(p->work.kept_s, p->work.busy.total_s))
SUM(work_period_s, p->work.period_s)
SUM(work_total_s, p->work.busy.total_s)
SUM(work_uneven_s, p->work.uneven_s)
SUM(work_uneven_speedup, ratio(p->wall_s, p->wall_s - p->work.uneven_s))
SUM(work_wait_s, p->work.wait_s)
SUM(work_wait_share, ratio(p->work.wait_s, worked_s(p)))
SUM(work_ready_share, ratio(p->work.cpu_s + p->work.busy.s[STATE_RUN_QUEUE], worked_s(p)))
SUM(work_wait_joint_share, ratio(p->work.wait_joint_s, p->work.busy.total_s))
SUM(work_workers, p->work.workers)

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

static double cpu_top_share(const struct profile *p)
{
	return p->cpu_sites.count > 0 ? p->cpu_sites.sites[0].share : NAN;
}

static double cpu_top_lock_held_share(const struct profile *p)
{
	return p->cpu_sites.count > 0 ? p->cpu_sites.sites[0].lock_held_share : NAN;
}

static const struct metric cpu_rows[] = {
	{"cpu.top.lock_held_share", "share",
		"of the time on a CPU at the line {cpu.line}, holding the runtime's global lock",
		cpu_top_lock_held_share},
	{"cpu.top.share", "share", "of on-CPU time, at the line {cpu.line}", cpu_top_share},
};

const struct metric_group metric_cpu = METRIC_GROUP(cpu_rows);

static const struct metric time_rows[] = {
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
};

const struct metric_group metric_time = METRIC_GROUP(time_rows);

static const struct metric work_rows[] = {
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
	{"work.paced.share", "share",
		"of the time that is not idle, asleep until the next tick of a schedule",
		work_paced_share},
	WORK_ROW(page_fault, "waiting for memory"),
	{"work.period_s", "s", "from one tick of that schedule to the next", work_period_s},
	WORK_ROW(poll, "waiting in an event loop, for what it started itself"),
	{"work.ready.share", "share", "of the time that is not idle: on a CPU, or ready for one",
		work_ready_share},
	WORK_ROW(run_queue, "ready, but waiting for a CPU"),
	{"work.scheduled.share", "share",
		"of the time that is not idle, in threads that keep to a schedule, from its first "
		"tick to its last one",
		work_scheduled_share},
	WORK_ROW(sleep, "asleep by its own wish"),
	WORK_ROW(sync, "waiting for other threads' work"),
	{"work.total_s", "s", "all threads' time that is neither idle nor coordinating",
		work_total_s},
	{"work.uneven.speedup", "x",
		"the most that even shares among threads that compute the same can give",
		work_uneven_speedup},
	{"work.uneven_s", "s",
		"the busiest of the threads that compute the same does so longer than its even share",
		work_uneven_s},
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

const struct metric_group metric_work = METRIC_GROUP(work_rows);
