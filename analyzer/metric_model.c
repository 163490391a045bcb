/*
 * metric_model: the predictions, model by model, and the best of them.
 */
#include "metric_group.h"

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

static double best_single_speedup(const struct profile *p)
{
	double best = NAN;

	for (size_t i = 0; i < p->predictions_count; i++)
		if (p->predictions[i].model != MODEL_HYBRID)
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

SUM(tuned_speedup, p->tuned.speedup)
SUM(tuned_workers, p->tuned.workers)
SUM(tuned_capacity, p->tuned.capacity)
SUM(now_wall_s, p->now_s)

static double current_capacity(const struct profile *p)
{
	for (size_t i = 0; i < p->predictions_count; i++)
		if (p->predictions[i].current)
			return p->predictions[i].capacity;
	return NAN;
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

static const struct metric best_rows[] = {
	{"best.capacity", "x", "the largest capacity that any model predicts", best_capacity},
	{"best.single.speedup", "x", "the largest speedup that any model but hybrid predicts",
		best_single_speedup},
	{"best.speedup", "x", "the largest speedup that any model predicts", best_speedup},
};

const struct metric_group metric_best = METRIC_GROUP(best_rows);

static const struct metric current_rows[] = {
	{"current.capacity", "x", "a service: times the measured load that it could carry as it is",
		current_capacity},
};

const struct metric_group metric_current = METRIC_GROUP(current_rows);

static const struct metric event_loop_rows[] = {
	MODEL_ROWS("event-loop", event_loop),
};

const struct metric_group metric_event_loop = METRIC_GROUP(event_loop_rows);

static const struct metric hybrid_rows[] = {
	MODEL_ROWS("hybrid", hybrid),
};

const struct metric_group metric_hybrid = METRIC_GROUP(hybrid_rows);

static const struct metric now_rows[] = {
	{"now.wall_s", "s",
		"as it is built now: measured, or under what --cpus and --operations suppose",
		now_wall_s},
};

const struct metric_group metric_now = METRIC_GROUP(now_rows);

static const struct metric processes_rows[] = {
	MODEL_ROWS("processes", processes),
};

const struct metric_group metric_processes = METRIC_GROUP(processes_rows);

static const struct metric sequential_rows[] = {
	MODEL_ROWS("sequential", sequential),
};

const struct metric_group metric_sequential = METRIC_GROUP(sequential_rows);

static const struct metric threads_rows[] = {
	MODEL_ROWS("threads", threads),
};

const struct metric_group metric_threads = METRIC_GROUP(threads_rows);

static const struct metric tuned_rows[] = {
	{"tuned.capacity", "x",
		"a service: times the load that its own model could carry, well sized",
		tuned_capacity},
	{"tuned.speedup", "x",
		"times as fast as it is built now, with the best number of workers and nothing "
		"blocking its loop",
		tuned_speedup},
	{"tuned.workers", "count", "that number of workers", tuned_workers},
};

const struct metric_group metric_tuned = METRIC_GROUP(tuned_rows);
