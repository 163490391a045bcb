/*
 * metric_lock: the worst lock that is not a runtime's global one, and that one.
 */
#include "metric_group.h"
#include "top.h"

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

/* Of what a list of lines is about, the first one's share. */
static double line_share(const struct profile_sites *sites)
{
	return sites->count > 0 ? sites->sites[0].share : NAN;
}

static double locks_top_line_share(const struct profile *p)
{
	return lock_top(p) ? line_share(&lock_top(p)->waiting) : NAN;
}

static double locks_top_holder_share(const struct profile *p)
{
	return lock_top(p) ? line_share(&lock_top(p)->holding) : NAN;
}

static double gil_holder_share(const struct profile *p)
{
	return lock_global_top(p) ? line_share(&lock_global_top(p)->holding) : NAN;
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

static const struct metric gil_rows[] = {
	{"gil.free_cpu_share", "share", "of on-CPU time, outside the runtime's global lock",
		gil_free_cpu_share},
	{"gil.held_share", "share", "of on-CPU time, holding the runtime's global lock",
		gil_held_share},
	{"gil.holder_share", "share",
		"of the time that it was held while others wanted it, at the line {gil.line}",
		gil_holder_share},
	{"gil.inferred", "bool", "the global lock was told by behaviour, not by its address",
		gil_inferred},
	{"gil.present", "bool", "a runtime with a global lock runs in the target", gil_present},
	{"gil.utilization", "share",
		"of the window, the busiest global lock was held by a computing thread",
		gil_utilization},
	{"gil.wait_s", "s", "all threads' waiting for a global lock", gil_wait_s},
	{"gil.waiters", "count", "threads that waited for a global lock", gil_waiters},
};

const struct metric_group metric_gil = METRIC_GROUP(gil_rows);

SUM(locks_computing_share, p->lock_cpu_share)

static const struct metric locks_rows[] = {
	{"locks.computing.share", "share",
		"of the computing of threads that are several, taking locks and giving them up",
		locks_computing_share},
	{"locks.top.concentration", "share",
		"of all waiting for locks (the runtime's aside), that for the worst one",
		locks_top_concentration},
	{"locks.top.held_share", "share",
		"of the window, somebody waited for the worst lock, so somebody else held it",
		locks_top_held_share},
	{"locks.top.holder_share", "share",
		"of the time that the worst lock was held while others wanted it, at the line "
		"{lock.holder.line}",
		locks_top_holder_share},
	{"locks.top.line_share", "share",
		"of the waiting for the worst lock, at the line {lock.line}", locks_top_line_share},
	{"locks.top.share", "share", "of the time that is not idle, waiting for the worst lock",
		locks_top_share},
	{"locks.top.wait_max_s", "s", "longest wait for the worst lock", locks_top_wait_max_s},
	{"locks.top.wait_s", "s", "all waiting for the worst lock, the runtime's aside",
		locks_top_wait_s},
	{"locks.top.waiters", "count", "threads that waited for the worst lock", locks_top_waiters},
	{"locks.top.waits", "count", "waits for the worst lock", locks_top_waits},
};

const struct metric_group metric_locks = METRIC_GROUP(locks_rows);
