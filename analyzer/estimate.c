/*
 * estimate: the formulas of predict.h.
 */
#include "estimate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Computing that one thread at a time does: a quota below one core slows it. */
static double alone_s(const struct terms *t, double cpu_s)
{
	return cpu_s / fmin(1, t->cpus);
}

static double parallel_s(const struct terms *t, int workers)
{
	return t->cpu_s / fmin(workers, t->cpus);
}

static double sequential_s(const struct terms *t)
{
	return alone_s(t, t->cpu_s) + t->wait_s;
}

int estimate_workers_max(const struct terms *t, enum model m)
{
	int most = m == MODEL_PROCESSES || m == MODEL_HYBRID ? t->processes_max : t->threads_max;
	double useful = fmax(1, t->operations);

	if (m == MODEL_SEQUENTIAL || m == MODEL_EVENT_LOOP)
		return 1;
	/* Computing can be split where nothing shows its pieces. */
	if (t->operations == 0 || t->cpu_s > t->wait_s)
		useful = fmax(useful, ceil(t->cpus));
	if (m == MODEL_HYBRID)
		useful = fmin(useful, ceil(t->cpus));
	return useful < most ? (int)useful : most;
}

/*
 * Exact mean value analysis: each of n operations computes locked / n under the lock and free / n
 * without, and waits W / n. Fills how long all take with 1..count of them under way.
 */
static void queueing_fill(const struct terms *t, double locked_s, int count, double *ret_s)
{
	double n = fmax(1, t->operations);
	double lock = alone_s(t, locked_s) / n;
	double core = fmax(0, t->cpu_s - locked_s) / n / t->cpus;
	/* Of P CPUs as one that is P times as fast, what a single operation cannot use is delay. */
	double delay = t->wait_s / n + core * fmax(0, t->cpus - 1);
	double at_lock = 0, at_core = 0;

	for (int k = 1; k <= count; k++) {
		double lock_s = lock * (1 + at_lock), core_s = core * (1 + at_core);
		double rate = k / fmax(lock_s + core_s + delay, 1e-12);

		at_lock = rate * lock_s;
		at_core = rate * core_s;
		ret_s[k - 1] = n / rate;
	}
}

struct bound {
	double s;
	enum limit limit;
};

/* No operation is shorter than an equal part. */
static struct bound longest_bound(const struct terms *t)
{
	double part_s = t->pieces_known ? (t->cpu_s + t->wait_s) / t->operations : 0;

	if (part_s <= t->longest_s || t->wait_s >= t->cpu_s)
		return (struct bound){fmax(part_s, t->longest_s), LIMIT_LONGEST_WAIT};
	/* Parts that compute: there are as many workers as parts, at most. */
	return (struct bound){part_s, t->operations < t->cpus ? LIMIT_WORKERS : t->cpu_limit};
}

static struct estimate estimate_of_bounds(const struct bound *bounds, size_t count)
{
	struct estimate e = {.limit = LIMIT_NOTHING};

	for (size_t i = 0; i < count; i++)
		if (bounds[i].s > e.fast_s)
			e = (struct estimate){0, bounds[i].s, 0, bounds[i].limit};
	return e;
}

static struct estimate sequential_estimate(const struct terms *t)
{
	return (struct estimate){1, sequential_s(t), sequential_s(t), LIMIT_WORKERS};
}

static struct estimate event_loop_estimate(const struct terms *t)
{
	double blocking_s = alone_s(t, t->cpu_s) + t->disk_s;
	struct bound bounds[] = {
		{blocking_s, t->disk_s > t->cpu_s ? LIMIT_DEVICE : t->cpu_limit},
		longest_bound(t),
	};
	struct estimate e = estimate_of_bounds(bounds, 2);

	e.workers = 1;
	e.slow_s = blocking_s + t->longest_s;
	return e;
}

/* queueing_s: of the computing alone, which is spread over processes as in a pool of them. */
static struct estimate hybrid_estimate(const struct terms *t, int k, double queueing_s)
{
	struct bound bounds[] = {
		{parallel_s(t, k), k < t->cpus ? LIMIT_WORKERS : t->cpu_limit},
		{t->disk_s / k, LIMIT_DEVICE},
		longest_bound(t),
	};
	struct estimate e = estimate_of_bounds(bounds, 3);

	e.slow_s = fmax(queueing_s, parallel_s(t, k)) + t->disk_s + t->longest_s;
	return e;
}

static struct estimate pool_estimate(const struct terms *t, enum model m, int k, double queueing_s)
{
	double n = fmax(k, t->operations);
	bool threads = m == MODEL_THREADS;
	struct bound bounds[] = {
		{threads ? alone_s(t, t->locked_s) : 0, LIMIT_INTERPRETER_LOCK},
		{parallel_s(t, k), k < t->cpus ? LIMIT_WORKERS : t->cpu_limit},
		{threads ? t->lock_s : 0, LIMIT_LOCK},
		longest_bound(t),
		{(t->cpu_s + t->wait_s) / k, LIMIT_WORKERS},
	};
	struct estimate e = estimate_of_bounds(bounds, 5);

	/* Equal operations come in rounds of k. */
	e.slow_s = fmax(queueing_s, ceil(n / k) * (t->cpu_s + t->wait_s) / n);
	if (t->disk_s > e.fast_s && t->disk_s > e.slow_s)
		e.limit = LIMIT_DEVICE;
	e.slow_s = fmax(e.slow_s, t->disk_s);
	return e;
}

static void estimate_close(struct estimate *e, const struct terms *t, const struct start *s)
{
	/* No model is slower than one by one, but for what it takes to start. */
	e->slow_s = fmin(fmax(e->slow_s, e->fast_s), fmax(e->fast_s, sequential_s(t)));
	e->fast_s += s->once_s + s->each_s + t->joint_s;
	e->slow_s += s->once_s + e->workers * s->each_s + t->joint_s;
}

static const struct start *workers_start(const struct terms *t, enum model m)
{
	static const struct start none;

	if (m == MODEL_PROCESSES || m == MODEL_HYBRID)
		return &t->process_start;
	return m == MODEL_THREADS ? &t->thread_start : &none;
}

int estimate_sizes(const struct terms *t, enum model m, int count, struct estimate *ret_sizes)
{
	double *queueing = calloc((size_t)count + 1, sizeof(*queueing));
	struct terms queued = *t;

	if (!queueing)
		return -ENOMEM;
	if (m == MODEL_HYBRID)
		queued.wait_s = 0;
	queueing_fill(&queued, m == MODEL_THREADS ? t->locked_s : 0, count, queueing);
	for (int k = 1; k <= count; k++) {
		struct estimate *e = &ret_sizes[k - 1];

		switch (m) {
		case MODEL_THREADS:
		case MODEL_PROCESSES:
			*e = pool_estimate(t, m, k, queueing[k - 1]);
			break;
		case MODEL_EVENT_LOOP:
			*e = event_loop_estimate(t);
			break;
		case MODEL_HYBRID:
			*e = hybrid_estimate(t, k, queueing[k - 1]);
			break;
		default:
			*e = sequential_estimate(t);
			break;
		}
		e->workers = k;
		estimate_close(e, t, workers_start(t, m));
	}
	free(queueing);
	return 0;
}

struct estimate estimate_now(const struct terms *t, enum model m, int workers)
{
	struct estimate e;

	switch (m) {
	case MODEL_THREADS:
	case MODEL_PROCESSES:
		e = pool_estimate(t, m, workers, 0);
		break;
	case MODEL_HYBRID:
		e = pool_estimate(t, MODEL_PROCESSES, workers, 0);
		break;
	case MODEL_EVENT_LOOP: /* what blocks a loop stops all that it has under way */
		e = sequential_estimate(t);
		e.fast_s /= workers;
		e.limit = t->wait_s > t->cpu_s ? LIMIT_LONGEST_WAIT : t->cpu_limit;
		break;
	default:
		e = sequential_estimate(t);
		break;
	}
	e.workers = workers;
	e.fast_s += t->joint_s;
	if (t->joint_s > e.fast_s / 2)
		e.limit = LIMIT_LONGEST_WAIT;
	return e;
}

static struct load load_of_bounds(const struct bound *bounds, size_t count, double wall_s)
{
	struct estimate e = estimate_of_bounds(bounds, count);

	return (struct load){0, wall_s > 0 ? e.fast_s / wall_s : NAN, e.limit};
}

static struct load pool_load(const struct terms *t, enum model m, int workers)
{
	bool threads = m == MODEL_THREADS;
	struct bound bounds[] = {
		{t->cpu_s / t->cpus, t->cpu_limit},
		{threads ? alone_s(t, t->locked_s) : 0, LIMIT_INTERPRETER_LOCK},
		{threads ? t->lock_s : 0, LIMIT_LOCK},
		{workers > 0 ? (t->cpu_s + t->wait_s) / workers : 0, LIMIT_WORKERS},
	};
	struct load load = load_of_bounds(bounds, 4, t->wall_s);

	load.workers = workers;
	if (workers == 0 && t->cpu_s > 0) /* Goetz: CPUs x (1 + W / C) */
		load.workers = (int)fmin(threads ? t->threads_max : t->processes_max,
			ceil(t->cpus * (1 + t->wait_s / t->cpu_s)));
	return load;
}

struct load estimate_load(const struct terms *t, enum model m, int workers)
{
	double one_s = alone_s(t, t->cpu_s);
	struct bound sequential = {one_s + t->wait_s, LIMIT_WORKERS};
	struct bound loop = {one_s + (workers > 0 ? t->wait_s : t->disk_s), t->cpu_limit};
	struct bound cores = {t->cpu_s / t->cpus, t->cpu_limit};
	struct load load;

	switch (m) {
	case MODEL_THREADS:
	case MODEL_PROCESSES:
		return pool_load(t, m, workers);
	case MODEL_EVENT_LOOP:
		loop.s /= workers > 1 ? workers : 1;
		load = load_of_bounds(&loop, 1, t->wall_s);
		load.workers = workers > 1 ? workers : 1;
		return load;
	case MODEL_HYBRID:
		if (workers > 0)
			return pool_load(t, MODEL_PROCESSES, workers);
		load = load_of_bounds(&cores, 1, t->wall_s);
		load.workers = (int)ceil(t->cpus);
		return load;
	default:
		load = load_of_bounds(&sequential, 1, t->wall_s);
		load.workers = 1;
		return load;
	}
}
