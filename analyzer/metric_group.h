/*
 * metric_group: what the files that hold metrics share: groups of rows, by the noun that names
 * begin with, and how a sum is written.
 *
 * A metric without meaning in a profile (the lag of a loop where there is none) is NAN: a condition
 * over it does not hold.
 */
#ifndef CONCADVISE_METRIC_GROUP_H
#define CONCADVISE_METRIC_GROUP_H

#include "metric.h"
#include "profile.h"

#include <math.h>

/* Ordered by name. */
struct metric_group {
	const struct metric *rows;
	size_t count;
};

#define METRIC_GROUP(rows)                               \
	{                                                \
		(rows), sizeof(rows) / sizeof((rows)[0]) \
	}

extern const struct metric_group metric_best, metric_children, metric_concurrency, metric_cpu,
	metric_current, metric_event_loop, metric_gil, metric_host, metric_hybrid, metric_locks,
	metric_loop, metric_memory, metric_now, metric_polling, metric_processes, metric_quality,
	metric_roles, metric_run, metric_runtime, metric_sequential, metric_server, metric_stage,
	metric_switches, metric_threads, metric_time, metric_tuned, metric_waits, metric_work;

/* A sum of one expression over the profile `p`. */
#define SUM(name, expression)                       \
	static double name(const struct profile *p) \
	{                                           \
		return (expression);                \
	}

static inline double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

static inline double known(double value, bool is_known)
{
	return is_known ? value : NAN;
}

/* All threads' time on a CPU. */
static inline double cpu_s(const struct profile *p)
{
	return p->time.s[STATE_CPU_USER] + p->time.s[STATE_CPU_KERNEL];
}

#endif
