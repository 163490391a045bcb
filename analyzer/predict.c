/*
 * predict: fills one row per model: for a program that runs to an end its time, for a service how
 * many times the measured load it could carry.
 */
#include "predict.h"

#include "forecast.h"
#include "lock_cost.h"
#include "overhead.h"
#include "present.h"
#include "profile.h"
#include "range.h"
#include "scaling.h"
#include "sizing.h"

#include "probe/measurement.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Queueing models tell response times within 10 to 30 % of the measured ones (Lazowska et al.,
 * Quantitative System Performance, 1984, ch. 1): the far end of it, on both sides. Nine of ten of
 * the corpus' predictions lie within that; see docs/predictions.md. */
#define MODEL_ERROR 0.3
/* A limit that saves less than this when it is taken away does not bind: it is within what the
 * fewest workers near the best leave. */
#define BINDS 0.05

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

static int workers_choose(const struct present *f, enum model m, size_t *ret)
{
	struct scenario s = present_change(f, m, 1);

	*ret = 1;
	if (m == MODEL_HYBRID || present_loops_multiply(f->p, m))
		*ret = (size_t)ceil(f->now.cpus);
	if ((m != MODEL_THREADS && m != MODEL_PROCESSES) || present_loops_multiply(f->p, m))
		return 0;
	*ret = (size_t)f->p->premise.workers;
	return *ret ? 0 : sizing_find(&s, present_workers_most(f, m), ret);
}

/* then_s: with the scenario's rest_s, which is serial. */
static int limit_find(const struct scenario *s, double then_s, enum limit *ret)
{
	static const enum limit candidates[] = {LIMIT_WORKERS, LIMIT_CORES, LIMIT_INTERPRETER_LOCK,
		LIMIT_LOCK, LIMIT_DEVICE, LIMIT_SERIAL_PART};
	const struct measured_host *h = &s->profile->measurement->host;
	double least_s = then_s * (1 - BINDS), without_s = then_s;
	int error = 0;

	*ret = LIMIT_NOTHING;
	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]) && !error; i++) {
		struct scenario other = *s;

		other.without = candidates[i];
		error = forecast_run(&other, &without_s);
		if (candidates[i] != LIMIT_SERIAL_PART)
			without_s += s->rest_s;
		/* What comes later has to save more. */
		if (error || without_s >= least_s)
			continue;
		least_s = without_s * (1 - BINDS);
		*ret = candidates[i];
	}
	if (*ret == LIMIT_WORKERS && s->model == MODEL_EVENT_LOOP)
		*ret = LIMIT_CORES; /* a loop is one thread */
	if (*ret == LIMIT_CORES && h->cpu_quota <= s->cpus)
		*ret = LIMIT_CPU_QUOTA;
	if (*ret == LIMIT_NOTHING && workload_longest_s(s->agenda.work) > then_s / 2)
		*ret = LIMIT_LONGEST_WAIT;
	return error;
}

static int row_set_range(const struct present *f, const struct scenario *s, struct prediction *row)
{
	struct scenario hopeful = *s, careful = *s;
	double hopeful_s, careful_s;
	struct range drawn;
	int error = range_find(&f->now, s, &drawn);

	hopeful.view = VIEW_HOPEFUL;
	careful.view = VIEW_CAREFUL;
	if (!error)
		error = forecast_run(&hopeful, &hopeful_s);
	if (!error)
		error = forecast_run(&careful, &careful_s);
	if (error)
		return error;
	row->speedup_low =
		fmin(row->speedup / (1 + MODEL_ERROR), f->now_s / (careful_s + s->rest_s)) *
		drawn.low;
	row->speedup_high =
		fmax(row->speedup * (1 + MODEL_ERROR), f->now_s / (hopeful_s + s->rest_s)) *
		drawn.high;
	return 0;
}

static double memory_bytes(const struct profile *p, enum model m, size_t workers)
{
	double each = overhead_of(p, m, 0).worker_bytes;

	return m == MODEL_SEQUENTIAL   ? 0
	       : m == MODEL_EVENT_LOOP ? each * (double)p->work.operations
				       : each * (double)workers;
}

static void row_forget(struct prediction *row)
{
	row->wall_s = row->speedup = row->speedup_low = row->speedup_high = NAN;
}

static int row_of_run(const struct present *f, const struct scenario *s, struct prediction *row)
{
	double then_s;
	int error = forecast_run(s, &then_s);

	if (error)
		return error;
	row->wall_s = then_s + s->rest_s;
	row->speedup = f->now_s / row->wall_s;
	row->capacity = NAN;
	error = limit_find(s, row->wall_s, &row->limited_by);
	if (!error)
		error = row_set_range(f, s, row);
	if (!f->width_unknown || s->model == MODEL_EVENT_LOOP)
		return error;
	if (s->model != MODEL_HYBRID)
		row->workers = 0;
	row->memory_bytes = NAN;
	if (s->model == MODEL_SEQUENTIAL || f->p->premise.workers > 0)
		row_forget(row);
	return error;
}

/* The loop that is closest to its limit, and has to wait for nothing else, gives the program's. */
static double loops_capacity(const struct profile *p, double otherwise)
{
	double least = NAN;

	for (size_t i = 0; i < p->loops_count; i++)
		least = fmin(least, p->loops[i].capacity);
	return isnan(least) ? otherwise : least / p->premise.operations;
}

static int row_of_service(const struct present *f, const struct scenario *s, struct prediction *row)
{
	double busy_s;
	struct scenario busy = *s;
	int error = forecast_run(s, &busy_s);

	if (error)
		return error;
	row_forget(row);
	row->capacity = busy_s > 0 ? f->p->wall_s / busy_s : NAN;
	/* What its requests waited for, a loop waited for together with all else. */
	if (f->p->work.model == MODEL_EVENT_LOOP &&
		(row->model == MODEL_SEQUENTIAL || row->model == MODEL_THREADS))
		row->capacity = NAN;
	busy.rest_s = 0; /* at full load there is no such time */
	return limit_find(&busy, busy_s, &row->limited_by);
}

static int row_fill(
	const struct present *f, enum model m, const struct scenario *s, struct prediction *row)
{
	double results =
		f->work->divisible ? (double)s->workers : (double)f->work->operations_count;
	struct overhead o =
		overhead_of(f->p, s->model, results > 0 ? overhead_results_mib(f->p) / results : 0);

	*row = (struct prediction){
		.model = m,
		.workers = (int)s->workers,
		.memory_bytes = memory_bytes(f->p, m, s->workers),
		.costs = {o.once_s, o.each_s + o.own_s,
			o.operation_s + overhead_handing_s(&o, f->work), o.passing_s,
			o.passing_s * results, f->lulls_s, o.wakeup_s, o.worker_bytes},
	};
	return f->p->work.service ? row_of_service(f, s, row) : row_of_run(f, s, row);
}

/* The present model at its present size is not predicted: it took what it took. */
static int row_fill_current(const struct present *f, struct prediction *row)
{
	const struct profile *p = f->p;
	struct scenario now = f->now;
	int error;

	if (p->work.service && p->work.elastic)
		now = present_change(f, p->work.model, (size_t)p->tuned.workers);
	error = row_fill(f, p->work.model, &now, row);
	row->current = true;
	row->memory_bytes = 0;
	row->costs = (struct prediction_costs){0};
	row->workers = p->work.workers;
	if (p->work.service) {
		if (p->work.model == MODEL_EVENT_LOOP)
			row->capacity = loops_capacity(p, row->capacity);
		return error;
	}
	row->wall_s = f->now_s;
	row->speedup = row->speedup_low = row->speedup_high = 1;
	return error;
}

/* Of the model that it is built of, another number of workers was asked for. */
static bool is_resized(const struct present *f, enum model m)
{
	int asked = f->p->premise.workers;

	return (m == MODEL_THREADS || m == MODEL_PROCESSES) && asked > 0 &&
	       asked != f->p->work.workers;
}

static int rows_fill(const struct present *f)
{
	struct profile *p = f->p;
	int error = 0;

	for (int m = 0; m < MODEL_COUNT && !error; m++) {
		struct prediction *row = &p->predictions[m];
		struct scenario s;
		size_t workers;

		error = workers_choose(f, m, &workers);
		if (error)
			break;
		s = present_change(f, m, workers);
		error = row_fill(f, m, &s, row);
		if ((enum model)m != p->work.model)
			continue;
		p->tuned = *row;
		row->current = true;
		if (!error && !is_resized(f, m))
			error = row_fill_current(f, row);
	}
	return error;
}

/* Nothing is known of what it would be otherwise. */
static void others_forget(struct profile *p)
{
	for (size_t i = 0; i < p->predictions_count; i++) {
		struct prediction *row = &p->predictions[i];

		if (row->current)
			continue;
		row_forget(row);
		row->capacity = NAN;
	}
	row_forget(&p->tuned);
	p->tuned.capacity = NAN;
	p->scaling_count = 0;
}

static bool premise_is_measured(const struct premise *given)
{
	return isnan(given->cpus) && given->workers == 0 && given->operations == 1;
}

/*
 * As it is, a service can carry the load that it was measured under: it did. If replaying it takes
 * longer than that by more than models err, what is replayed is not what it does.
 */
static void capacities_check(struct profile *p)
{
	struct prediction *now = &p->predictions[p->work.model];

	if (!p->work.service || !premise_is_measured(&p->premise) || !(now->capacity < 1))
		return;
	if (now->capacity * (1 + MODEL_ERROR) < 1)
		others_forget(p);
	now->capacity = 1;
}

/* Of what is computed at locks the most is there because several want them. */
static void locks_check(struct profile *p)
{
	if (p->lock_cpu_share >= LOCK_COST_MUCH)
		others_forget(p);
}

int predict_fill(struct profile *p, const struct workload *w)
{
	struct present present;
	int error;

	p->predictions = calloc(MODEL_COUNT, sizeof(*p->predictions));
	if (!p->predictions)
		return -ENOMEM;
	p->predictions_count = MODEL_COUNT;
	error = present_find(&present, p, w);
	p->now_s = present.now_s;
	if (!error)
		error = rows_fill(&present);
	if (!error)
		error = scaling_fill(&present);
	if (!error) {
		capacities_check(p);
		locks_check(p);
	}
	present_clear(&present);
	return error;
}
