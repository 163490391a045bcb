/*
 * predict: fills one row per model: for a program that runs to an end its time, for a service how
 * many times the measured load it could carry.
 */
#include "predict.h"

#include "forecast.h"
#include "overhead.h"
#include "profile.h"
#include "range.h"
#include "sizing.h"

#include "probe/measurement.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Below this share of the time, what a loop had under way at once is not worth knowing. It is the
 * margin within which models count as equally good. */
#define JOINT_SHARE 0.1
/* Queueing models tell response times within 10 to 30 % of the measured ones (Lazowska et al.,
 * Quantitative System Performance, 1984, ch. 1): the middle of it, on both sides. */
#define MODEL_ERROR 0.2
/* asyncio and libuv watch a socket or a pipe and an eventfd to wake themselves. */
#define WATCHED_ITSELF 2
/* Bisections: to a thousandth of a thousandth. */
#define SLOWNESS_STEPS 20
#define SLOWNESS_EXACT 0.001
/* A limit that saves less than this when it is taken away does not bind: it is within what the
 * fewest workers near the best leave. */
#define BINDS 0.05
/* Operations replayed to choose a size, to draw a range: with more of them than this, every n-th
 * stands for n. The standard error of a mean of 4000 is a sixtieth of the spread. */
#define OPERATIONS_SOME 4000
/* A service's requests are replayed until so many are worked off, for its end not to count. */
#define REQUESTS_LEAST 2000

/* How far the table of sizes goes. */
#define SCALING_SIZES 12
#define SCALING_MOST (1 << (SCALING_SIZES - 1))

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

struct forecasting {
	struct profile *p;
	const struct workload *work;
	uint32_t *some; /* every n-th operation; NULL: all */
	struct scenario now; /* the program as it is built */
	double now_s;  /* the time that speedups are counted from */
	double rest_s; /* of it, what replaying does not explain */
};

/* All operations, or some of them that stand for all, as many times as the premise says. */
static void scenario_set_agenda(
	struct scenario *s, const struct workload *w, const uint32_t *some, double times)
{
	bool few = s->started && w->operations_count < REQUESTS_LEAST;

	s->agenda = (struct agenda){
		.work = w,
		.order = some,
		.count = some ? OPERATIONS_SOME : few ? REQUESTS_LEAST : w->operations_count,
	};
	/* More operations of the same kind than were measured come one after the other. */
	if (!some && !few && times > 1 && times * (double)w->operations_count < OPERATIONS_SOME)
		s->agenda.count = (size_t)(times * (double)w->operations_count);
	s->times = times * (double)w->operations_count / (double)s->agenda.count;
}

static void scenario_set_cpus(struct scenario *s, const struct profile *p, bool as_measured)
{
	const struct measured_host *h = &p->measurement->host;
	/* What CPUs of one core take from each other is in how fast they were together. */
	int cores = h->compute_together > 0 ? 0 : h->cores_allowed;
	bool measured = as_measured || isnan(p->premise.cpus);

	s->cpus = measured ? p->concurrency.cpus : p->premise.cpus;
	s->cores = measured && cores > 0 && cores < s->cpus ? cores : s->cpus;
}

/* How fast the CPUs were while it was measured, on average over its computing: so much less of it
 * there would have been on one CPU alone. */
static double measured_speed(const struct profile *p)
{
	double together = forecast_together(p, VIEW_LIKELY), sum = 0, all = 0;

	for (size_t n = 1; n < p->concurrency.running_count; n++) {
		double s = p->concurrency.running_s[n] * (double)n;

		all += s;
		sum += s * simulation_speed(p->concurrency.cpus, together, n);
	}
	return all > 0 ? sum / all : 1;
}

/*
 * Other programs took the CPUs away: the computing took longer, as it would have under any model.
 * No longer than is needed to explain the time measured.
 */
static int slowness_fit(struct forecasting *f)
{
	const struct profile *p = f->p;
	double most = p->work.cpu_s > 0 ? p->concurrency.pressure_s / p->work.cpu_s : 0;
	double low = measured_speed(p), high = low * (1 + most), now_s;
	int error = 0;

	f->now.slowness = low;
	if (p->work.service)
		return 0;
	for (int i = 0; i < SLOWNESS_STEPS && !error && high - low > SLOWNESS_EXACT; i++) {
		f->now.slowness = i ? (low + high) / 2 : high; /* all of it, if that fits */
		error = forecast_run(&f->now, &now_s);
		*(now_s <= p->wall_s ? &low : &high) = f->now.slowness;
	}
	f->now.slowness = low;
	return error;
}

/* The program as it was measured, and what replaying it does not explain. */
static int now_find(struct forecasting *f)
{
	struct profile *p = f->p;
	double now_s;
	int error;

	f->now = (struct scenario){
		.profile = p,
		.model = p->work.model,
		.workers = (size_t)p->work.workers,
		.as_built = true,
		.started = p->work.service,
		.without = LIMIT_NOTHING,
		.slowness = 1,
	};
	scenario_set_cpus(&f->now, p, true);
	scenario_set_agenda(&f->now, f->work, NULL, 1);
	error = slowness_fit(f);
	if (!error)
		error = forecast_run(&f->now, &now_s);
	f->rest_s = fmax(0, p->wall_s - now_s);
	f->now_s = p->wall_s;
	return error;
}

/* The program as it would be under the premise. */
static int now_suppose(struct forecasting *f)
{
	const struct premise *premise = &f->p->premise;
	int error;

	scenario_set_agenda(&f->now, f->work, f->some, premise->operations);
	if (isnan(premise->cpus) && premise->operations == 1)
		return 0;
	f->rest_s *= premise->operations;
	scenario_set_cpus(&f->now, f->p, false);
	error = forecast_run(&f->now, &f->now_s);
	f->now_s += f->rest_s;
	return error;
}

/* Processes of a service that is a loop are as many loops. */
static bool loops_multiply(const struct profile *p, enum model m)
{
	return m == MODEL_PROCESSES && p->work.service && p->work.model == MODEL_EVENT_LOOP;
}

static struct scenario scenario_of(const struct forecasting *f, enum model m, size_t workers)
{
	struct scenario s = f->now;

	s.model = loops_multiply(f->p, m) ? MODEL_HYBRID : m;
	s.workers = workers;
	/* More of the same costs what it cost; what blocked a loop need not. */
	s.as_built = m == f->p->work.model && m != MODEL_EVENT_LOOP;
	return s;
}

static bool model_has_workers(enum model m)
{
	return m == MODEL_THREADS || m == MODEL_PROCESSES;
}

/* Threads or processes that could all have something to do. */
static size_t workers_most(const struct forecasting *f, enum model m)
{
	double most = (double)f->now.agenda.count * fmax(1, f->now.times);

	if (f->work->width > 0)
		most = fmin(most, (double)f->work->width);
	return (size_t)fmax(1, fmin(most, overhead_of(f->p, m, 0).workers_max));
}

static int workers_choose(const struct forecasting *f, enum model m, size_t *ret)
{
	struct scenario s = scenario_of(f, m, 1);

	*ret = 1;
	if (m == MODEL_HYBRID || loops_multiply(f->p, m))
		*ret = (size_t)ceil(f->now.cpus);
	if (!model_has_workers(m) || loops_multiply(f->p, m))
		return 0;
	*ret = (size_t)f->p->premise.workers;
	return *ret ? 0 : sizing_find(&s, workers_most(f, m), ret);
}

static int limit_find(const struct scenario *s, double then_s, enum limit *ret)
{
	static const enum limit candidates[] = {LIMIT_WORKERS, LIMIT_CORES, LIMIT_INTERPRETER_LOCK,
		LIMIT_LOCK, LIMIT_SERIAL_PART};
	const struct measured_host *h = &s->profile->measurement->host;
	double least_s = then_s * (1 - BINDS), without_s;
	int error = 0;

	*ret = LIMIT_NOTHING;
	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]) && !error; i++) {
		struct scenario other = *s;

		other.without = candidates[i];
		error = forecast_run(&other, &without_s);
		/* What comes later has to save more. */
		if (without_s >= least_s)
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

static int row_set_range(const struct forecasting *f, const struct scenario *s, struct prediction *row)
{
	struct scenario hopeful = *s, careful = *s;
	double hopeful_s, careful_s;
	struct range drawn;
	int error = range_find(&f->now, s, f->rest_s, &drawn);

	hopeful.view = VIEW_HOPEFUL;
	careful.view = VIEW_CAREFUL;
	if (!error)
		error = forecast_run(&hopeful, &hopeful_s);
	if (!error)
		error = forecast_run(&careful, &careful_s);
	if (error)
		return error;
	row->speedup_low = fmin(row->speedup / (1 + MODEL_ERROR),
				   f->now_s / (careful_s + f->rest_s)) *
			   drawn.low;
	row->speedup_high = fmax(row->speedup * (1 + MODEL_ERROR),
				    f->now_s / (hopeful_s + f->rest_s)) *
			    drawn.high;
	return 0;
}

static double memory_bytes(const struct profile *p, enum model m, size_t workers)
{
	double each = overhead_of(p, m, 0).worker_bytes;

	return m == MODEL_SEQUENTIAL ? 0
	       : m == MODEL_EVENT_LOOP ? each * (double)p->work.operations
				       : each * (double)workers;
}

static void row_forget(struct prediction *row)
{
	row->wall_s = row->speedup = row->speedup_low = row->speedup_high = NAN;
}

/*
 * How many operations an event loop had under way does not show where it waited for them together:
 * with as many workers they would wait as long, with fewer nobody knows how long. Only a loop that
 * never waited and watched nothing but itself (a pipe or two to wake it) had nothing under way.
 */
static bool width_is_unknown(const struct profile *p)
{
	const struct measurement *m = p->measurement;
	bool waited = p->work.wait_joint_s > 0;
	int watched = 0;

	if (p->work.model != MODEL_EVENT_LOOP)
		return p->work.wait_joint_s > JOINT_SHARE * p->wall_s;
	for (size_t i = 0; i < m->processes_count; i++)
		watched = m->processes[i].watched_files > watched ? m->processes[i].watched_files
								  : watched;
	for (size_t i = 0; i < p->loops_count; i++)
		waited |= p->loops[i].iterations > 0 || p->loops[i].saturated;
	return waited || watched > WATCHED_ITSELF;
}

static int row_of_run(const struct forecasting *f, const struct scenario *s, struct prediction *row)
{
	double then_s;
	int error = forecast_run(s, &then_s);

	if (error)
		return error;
	row->wall_s = then_s + f->rest_s;
	row->speedup = f->now_s / row->wall_s;
	row->capacity = NAN;
	error = limit_find(s, row->wall_s, &row->limited_by);
	if (!error)
		error = row_set_range(f, s, row);
	if (!width_is_unknown(f->p) || s->model == MODEL_EVENT_LOOP)
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
	return isnan(least) ? otherwise : least;
}

static int row_of_service(const struct forecasting *f, const struct scenario *s, struct prediction *row)
{
	double busy_s;
	int error = forecast_run(s, &busy_s);

	if (error)
		return error;
	row_forget(row);
	row->capacity = busy_s > 0 ? f->p->wall_s / busy_s : NAN;
	/* What its requests waited for, a loop waited for together with all else. */
	if (f->p->work.model == MODEL_EVENT_LOOP &&
		(row->model == MODEL_SEQUENTIAL || row->model == MODEL_THREADS))
		row->capacity = NAN;
	return limit_find(s, busy_s, &row->limited_by);
}

static int row_fill(const struct forecasting *f, enum model m, const struct scenario *s,
	struct prediction *row)
{
	struct overhead o = overhead_of(
		f->p, s->model, f->work->divisible ? 0 : (double)f->work->operations_count);

	*row = (struct prediction){
		.model = m,
		.workers = (int)s->workers,
		.memory_bytes = memory_bytes(f->p, m, s->workers),
		.costs = {o.once_s, o.each_s, o.operation_s, o.passing_s},
	};
	return f->p->work.service ? row_of_service(f, s, row) : row_of_run(f, s, row);
}

/* The present model at its present size is not predicted: it took what it took. */
static int row_fill_current(const struct forecasting *f, struct prediction *row)
{
	const struct profile *p = f->p;
	struct scenario now = f->now;
	int error;

	if (p->work.service && p->work.elastic)
		now = scenario_of(f, p->work.model, (size_t)p->tuned.workers);
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

static int rows_fill(const struct forecasting *f)
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
		s = scenario_of(f, m, workers);
		error = row_fill(f, m, &s, row);
		if ((enum model)m != p->work.model)
			continue;
		p->tuned = *row;
		if (!error && (p->premise.workers == 0 || p->premise.workers == p->work.workers))
			error = row_fill_current(f, row);
	}
	return error;
}

static int scaling_fill_model(const struct forecasting *f, enum model m)
{
	struct profile *p = f->p;
	size_t most = workers_most(f, m);
	double then_s;
	int error = 0;

	for (size_t k = 1; k < 2 * most && k <= SCALING_MOST && !error; k *= 2) {
		struct scenario s = scenario_of(f, m, k);
		struct scaling *at = &p->scaling[p->scaling_count++];

		error = forecast_run(&s, &then_s);
		*at = (struct scaling){m, (int)k, then_s + f->rest_s, NAN};
		if (!p->work.service)
			continue;
		at->capacity = then_s > 0 ? p->wall_s / then_s : NAN;
		at->wall_s = NAN;
	}
	return error;
}

/* Sizes 1, 2, 4, ...: how each model scales. */
static int scaling_fill(const struct forecasting *f)
{
	struct profile *p = f->p;
	int error = 0;

	if (width_is_unknown(p))
		return 0;
	for (int m = 0; m < MODEL_COUNT && !error; m++)
		if (model_has_workers(m))
			error = scaling_fill_model(f, m);
	return error;
}

/* Every n-th operation, OPERATIONS_SOME of them. */
static uint32_t *operations_thin(const struct workload *w)
{
	uint32_t *some = calloc(OPERATIONS_SOME, sizeof(*some));

	for (size_t i = 0; some && i < OPERATIONS_SOME; i++)
		some[i] = (uint32_t)(i * w->operations_count / OPERATIONS_SOME);
	return some;
}

int predict_fill(struct profile *p, const struct workload *w)
{
	struct forecasting f = {.p = p, .work = w};
	int error;

	p->predictions = calloc(MODEL_COUNT, sizeof(*p->predictions));
	p->scaling = calloc(MODEL_COUNT * SCALING_SIZES, sizeof(*p->scaling));
	if (w->operations_count > OPERATIONS_SOME)
		f.some = operations_thin(w);
	if (!p->predictions || !p->scaling || (w->operations_count > OPERATIONS_SOME && !f.some)) {
		free(f.some);
		return -ENOMEM;
	}
	p->predictions_count = MODEL_COUNT;
	error = now_find(&f);
	if (!error)
		error = now_suppose(&f);
	p->now_s = f.now_s;
	if (!error)
		error = rows_fill(&f);
	if (!error)
		error = scaling_fill(&f);
	free(f.some);
	return error;
}
