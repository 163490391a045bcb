/*
 * metric_loop: event loops. The largest of a value over all loops; NAN where there is none or none
 * is known.
 */
#include "metric_group.h"
#include "top.h"

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
LOOP_MAX(loop_saturated, l->saturated)
LOOP_MAX(loop_work_share, l->work_share)
SUM(loop_count, (double)p->loops_count)

/* The one that computes longest at a stretch. Of fewer than a hundred rounds the longest one would
 * be the 99th percentile, and half of them may be the start: they do not tell what is usual. */
static const struct profile_loop *loop_computing(const struct profile *p)
{
	const struct profile_loop *found = NULL;

	for (size_t i = 0; i < p->loops_count; i++) {
		const struct profile_loop *l = &p->loops[i];

		if (!found || isnan(found->compute_max_s) ||
			l->compute_max_s > found->compute_max_s)
			found = l;
	}
	return found && (found->iterations < 0 || found->iterations >= 100) ? found : NULL;
}

SUM(loop_computing_lag_p50_s, loop_computing(p) ? loop_computing(p)->lag_p50_s : NAN)
SUM(loop_computing_lag_p99_s, loop_computing(p) ? loop_computing(p)->lag_p99_s : NAN)

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
			if (!blocking_is_call(l, &l->blocking[j]))
				continue;
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

struct stall_sum {
	double seen, total_s, compute_s, max_s, loops_s;
	bool uncounted;
};

static struct stall_sum stalls_of_loops(const struct profile *p)
{
	struct stall_sum sum = {.max_s = NAN};

	for (size_t i = 0; i < p->loops_count; i++) {
		const struct profile_loop *l = &p->loops[i];

		sum.uncounted |= l->stalls_seen < 0;
		sum.seen += l->stalls_seen > 0 ? (double)l->stalls_seen : 0;
		sum.loops_s += p->threads[l->thread].wall_s;
		for (size_t j = 0; j < l->stalls_count; j++) {
			const struct profile_stall *s = &l->stalls[j];

			sum.total_s += s->total_s;
			sum.compute_s += s->kind == STALL_COMPUTING ? s->total_s : 0;
			sum.max_s = fmax(sum.max_s, s->max_s);
		}
	}
	return sum;
}

SUM(loop_stalls_count,
	known(stalls_of_loops(p).seen, p->loops_count > 0 && !stalls_of_loops(p).uncounted))
SUM(loop_stalls_compute_share, ratio(stalls_of_loops(p).compute_s, stalls_of_loops(p).total_s))
/* Once may have been the start. */
static double loop_stalls_line_mean_s(const struct profile *p)
{
	const struct profile_stall *s = stall_top(p, STALL_COMPUTING);

	return s && s->count > 1 ? s->total_s / (double)s->count : NAN;
}

SUM(loop_stalls_max_s, stalls_of_loops(p).max_s)
SUM(loop_stalls_share, ratio(stalls_of_loops(p).total_s, stalls_of_loops(p).loops_s))

SUM(loop_one_by_one, p->work.one_by_one)

static const struct metric loop_rows[] = {
	{"loop.blocking.count", "count",
		"waits but the loop's own and those for an interpreter's lock, on all event loops",
		loop_blocking_count},
	{"loop.blocking.max_s", "s", "longest such wait", loop_blocking_max_s},
	{"loop.blocking.share", "share", "of the event loops' time, blocked in such waits",
		loop_blocking_share},
	{"loop.busy_share", "share",
		"of its time but for waiting for a CPU, the busiest event loop worked",
		loop_busy_share},
	{"loop.capacity", "x", "times the measured load that the busiest event loop could carry",
		loop_capacity},
	{"loop.compute_max_s", "s", "longest computing on an event loop between two waits",
		loop_compute_max_s},
	{"loop.computing.lag_p50_s", "s",
		"median time between two waits, on the loop of loop.compute_max_s, if it had a "
		"hundred rounds at least",
		loop_computing_lag_p50_s},
	{"loop.computing.lag_p99_s", "s", "the same, 99th percentile", loop_computing_lag_p99_s},
	{"loop.count", "count", "event loops", loop_count},
	{"loop.iterations", "count", "iterations of all event loops that could be counted",
		loop_iterations},
	{"loop.iterations_per_s", "count", "the same, per second of the window",
		loop_iterations_per_s},
	{"loop.lag_max_s", "s", "longest time on an event loop between two waits", loop_lag_max_s},
	{"loop.lag_p50_s", "s", "median time between two waits, on the loop where it is longest",
		loop_lag_p50_s},
	{"loop.one_by_one", "bool", "an event loop has hardly more than one request under way",
		loop_one_by_one},
	{"loop.saturated", "bool", "an event loop hardly ever sleeps: events are always waiting",
		loop_saturated},
	{"loop.stalls.compute_share", "share",
		"of the time in the stalls that are told, in those that mostly computed",
		loop_stalls_compute_share},
	{"loop.stalls.count", "count",
		"times that an event loop went 10 ms or more without a look for events, though it "
		"had a CPU; unknown: one cannot be counted",
		loop_stalls_count},
	{"loop.stalls.line_mean_s", "s",
		"mean of those at the line whose computing took longest, if it did so again",
		loop_stalls_line_mean_s},
	{"loop.stalls.max_s", "s", "the longest of them that is told", loop_stalls_max_s},
	{"loop.stalls.share", "share", "of the event loops' time, in the stalls that are told",
		loop_stalls_share},
	{"loop.work_share", "share",
		"of its time, the event loop that works most did so: neither waited for events nor "
		"for a CPU",
		loop_work_share},
};

const struct metric_group metric_loop = METRIC_GROUP(loop_rows);
