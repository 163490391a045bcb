/*
 * predict: fills one row per model: for a program that runs to an end its time, for a service how
 * many times the measured load it could carry.
 */
#include "predict.h"

#include "estimate.h"
#include "profile.h"

#include "probe/measurement.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* The fewest workers that come this near to the model's best. */
#define NEAR_BEST 0.95
/* Where a loop's own waiting is more than this share, what it had under way at once does not show:
 * how long it would take one by one is not known. It is the margin within which models count as
 * equally good. */
#define JOINT_SHARE 0.1
/* Bisections: to a thousandth of a thousandth. */
#define STRETCH_STEPS 20

static const char *const limits[LIMIT_COUNT] = {
	[LIMIT_CORES] = "cores",
	[LIMIT_CPU_QUOTA] = "cpu-quota",
	[LIMIT_INTERPRETER_LOCK] = "interpreter-lock",
	[LIMIT_LOCK] = "lock",
	[LIMIT_LONGEST_WAIT] = "longest-wait",
	[LIMIT_WORKERS] = "workers",
	[LIMIT_DEVICE] = "device",
	[LIMIT_SERIAL_PART] = "serial-part",
	[LIMIT_NOTHING] = "nothing",
};

const char *limit_name(enum limit l)
{
	return limits[l];
}

static double estimate_mean_s(const struct estimate *e)
{
	return (e->fast_s + e->slow_s) / 2;
}

/* The estimate of the smallest near-best size. Its limit is that of the best one. */
static int best_find(const struct terms *t, enum model m, struct estimate *ret)
{
	int most = estimate_workers_max(t, m);
	struct estimate *sizes = calloc((size_t)most, sizeof(*sizes));
	int best = 0, chosen = 0;
	int error = sizes ? estimate_sizes(t, m, most, sizes) : -ENOMEM;

	if (error) {
		free(sizes);
		return error;
	}
	for (int i = 1; i < most; i++)
		if (estimate_mean_s(&sizes[i]) < estimate_mean_s(&sizes[best]))
			best = i;
	while (chosen < best &&
		estimate_mean_s(&sizes[chosen]) * NEAR_BEST > estimate_mean_s(&sizes[best]))
		chosen++;
	*ret = sizes[chosen];
	ret->limit = sizes[best].limit;
	free(sizes);
	return 0;
}

static struct prediction row_of_estimate(
	const struct profile *p, enum model m, const struct estimate *e, double rest_s)
{
	double joint_s = p->work.wait_joint_s;
	struct prediction row = {
		.model = m,
		.workers = e->workers,
		.wall_s = estimate_mean_s(e) + rest_s,
		.limited_by = e->limit,
		.capacity = NAN,
		.memory_bytes = terms_memory_bytes(p, m, e->workers),
	};

	row.speedup = p->wall_s / row.wall_s;
	row.speedup_low = p->wall_s / (e->slow_s + rest_s);
	row.speedup_high = p->wall_s / (e->fast_s + rest_s);
	if (rest_s + joint_s > e->fast_s - joint_s)
		row.limited_by = LIMIT_SERIAL_PART;
	return row;
}

static void row_forget(struct prediction *row)
{
	row->wall_s = row->speedup = row->speedup_low = row->speedup_high = NAN;
}

/* The present model is not predicted: it took what it took. */
static void row_is_current(struct prediction *row, const struct profile *p)
{
	row->current = true;
	row->workers = p->work.workers;
	row->wall_s = p->wall_s;
	row->speedup = row->speedup_low = row->speedup_high = 1;
	row->memory_bytes = 0;
}

static bool sequential_is_unknown(const struct profile_work *w)
{
	return w->wait_joint_s > JOINT_SHARE * (w->cpu_s + w->wait_s + w->wait_joint_s);
}

/*
 * Other programs took the CPUs away: the computing took longer, as it would have under any model.
 * No longer than is needed to explain the time measured.
 */
static void terms_stretch(struct terms *t, const struct profile *p)
{
	double high = 1 + (t->cpu_s > 0 ? p->concurrency.pressure_s / t->cpu_s : 0), low = 1;
	const struct terms unstretched = *t;

	for (int i = 0; i < STRETCH_STEPS; i++) {
		double middle = i ? (low + high) / 2 : high; /* all of it, if that fits */

		t->cpu_s = unstretched.cpu_s * middle;
		t->locked_s = unstretched.locked_s * middle;
		if (estimate_now(t, p->work.model, p->work.workers).fast_s <= p->wall_s)
			low = middle;
		else
			high = middle;
	}
	t->cpu_s = unstretched.cpu_s * low;
	t->locked_s = unstretched.locked_s * low;
}

static int rows_of_run(struct profile *p, struct terms *t)
{
	struct estimate now;
	double rest_s;

	terms_stretch(t, p);
	now = estimate_now(t, p->work.model, p->work.workers);
	rest_s = fmax(0, p->wall_s - now.fast_s);

	for (int m = 0; m < MODEL_COUNT; m++) {
		struct prediction *row = &p->predictions[m];
		struct estimate best;
		int error = best_find(t, m, &best);

		if (error)
			return error;
		*row = row_of_estimate(p, m, &best, rest_s);
		if ((enum model)m == p->work.model) {
			p->tuned = *row;
			row->limited_by = now.limit;
			row_is_current(row, p);
		} else if (m == MODEL_SEQUENTIAL && sequential_is_unknown(&p->work)) {
			row_forget(row);
		}
	}
	return 0;
}

/* The loop that is closest to its limit, and has to wait for nothing else, gives the program's. */
static double loops_capacity(const struct profile *p, double otherwise)
{
	double least = NAN;

	for (size_t i = 0; i < p->loops_count; i++)
		least = fmin(least, p->loops[i].capacity);
	return isnan(least) ? otherwise : least;
}

static void rows_of_service(struct profile *p, const struct terms *t)
{
	for (int m = 0; m < MODEL_COUNT; m++) {
		struct prediction *row = &p->predictions[m];
		struct load load = estimate_load(t, m, 0);

		*row = (struct prediction){.model = m, .workers = load.workers};
		row_forget(row);
		row->limited_by = load.limit;
		row->capacity = load.share > 0 ? 1 / load.share : NAN;
		row->memory_bytes = terms_memory_bytes(p, m, load.workers);
		if ((enum model)m != p->work.model)
			continue;
		p->tuned = *row;
		load = estimate_load(t, m, p->work.elastic ? 0 : p->work.workers);
		row_is_current(row, p);
		row_forget(row);
		row->limited_by = load.limit;
		row->capacity = load.share > 0 ? 1 / load.share : NAN;
		if (m == MODEL_EVENT_LOOP)
			row->capacity = loops_capacity(p, row->capacity);
	}
}

int predict_fill(struct profile *p)
{
	struct terms t = terms_of_profile(p);

	p->predictions = calloc(MODEL_COUNT, sizeof(*p->predictions));
	if (!p->predictions)
		return -ENOMEM;
	p->predictions_count = MODEL_COUNT;
	if (!p->work.service)
		return rows_of_run(p, &t);
	rows_of_service(p, &t);
	return 0;
}
