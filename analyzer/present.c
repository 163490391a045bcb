/*
 * present: fits the replay to the time measured: by how much other programs slowed the computing,
 * and what is left unexplained.
 */
#include "present.h"

#include "margin.h"
#include "overhead.h"
#include "profile.h"
#include "sharing.h"
#include "workload.h"

#include "probe/measurement.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* asyncio and libuv watch a socket or a pipe and an eventfd to wake themselves. */
#define WATCHED_ITSELF 2
/* Bisections: to a thousandth. */
#define SLOWNESS_STEPS 20
#define SLOWNESS_EXACT 0.001
/* Operations replayed to choose a size, to draw a range: with more of them than this, every n-th
 * stands for n. The standard error of a mean of 4000 is a sixtieth of the spread. */
#define OPERATIONS_SOME 4000
/* A service's requests are replayed until so many are worked off, for its end not to count. */
#define REQUESTS_LEAST 2000
/* Steps that one replay takes at most, beyond going through all once: a hundredth of a second. A
 * report takes some 150 replays. */
#define STEPS_MOST 20000.0

/* All operations, or some of them that stand for all, as many times as the premise says. */
static void scenario_set_agenda(
	struct scenario *s, const struct workload *w, const uint32_t *some, double times)
{
	double count = (double)w->operations_count;
	/* More operations of the same kind than were measured come after them. */
	double wanted = s->started ? REQUESTS_LEAST : fmin(times * count, OPERATIONS_SOME);
	double most = count * fmax(1, STEPS_MOST / fmax(1, (double)w->steps_count));

	s->agenda = (struct agenda){
		.work = w,
		.order = some,
		.count = some ? OPERATIONS_SOME : (size_t)fmax(count, fmin(wanted, most)),
	};
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
	double together = sharing_speed(p, VIEW_LIKELY), sum = 0, all = 0;

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
static int slowness_fit(struct present *f)
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

/*
 * Where it is known what lulls cost, each step is told how long its CPU had idled before: in a
 * program that does one thing after the other, as long as it waited; else as replaying it shows.
 * Of a service that is replayed at full load, it is not known.
 */
static int lulls_observe(struct present *f)
{
	const struct workload *w = f->work;
	struct lulls lulls = forecast_lulls(f->p, VIEW_LIKELY);
	struct scenario observed = f->now;
	double *idles, now_s;
	int error;

	f->lulls_s = NAN;
	if (lulls.count == 0 || f->p->work.service)
		return 0;
	f->lulls_s = 0;
	idles = calloc(w->steps_count + 1, sizeof(*idles));
	f->lulled = *w;
	f->lulled.steps = calloc(w->steps_count + 1, sizeof(*f->lulled.steps));
	observed.idles = idles;
	error = idles && f->lulled.steps ? forecast_run(&observed, &now_s) : -ENOMEM;
	for (size_t i = 0; i < w->steps_count && !error; i++) {
		f->lulled.steps[i] = w->steps[i];
		f->lulled.steps[i].idle_s = idles[i];
		f->lulls_s += lull_lost_s(&lulls, &f->lulled.steps[i]);
	}
	free(idles);
	if (error)
		return error;
	f->lulled.lulled = true;
	f->work = f->now.agenda.work = &f->lulled;
	return 0;
}

/* The program as it was measured, and what replaying it does not explain. */
static int present_measure(struct present *f)
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
		error = lulls_observe(f);
	if (!error)
		error = forecast_run(&f->now, &now_s);
	if (error)
		return error;
	/* Who waits for the last worker's share would not for another share. */
	f->now.rest_s = fmax(0, p->wall_s - now_s - f->work->uneven_s);
	f->queued_s = fmin(f->now.rest_s, p->concurrency.queued_s / fmax(1, p->work.workers));
	f->now_s = p->wall_s;
	return 0;
}

/* The program as it would be under the premise. */
static int present_suppose(struct present *f)
{
	const struct premise *premise = &f->p->premise;
	int error;

	scenario_set_agenda(&f->now, f->work, f->some, premise->operations);
	if (isnan(premise->cpus) && premise->operations == 1)
		return 0;
	f->now.rest_s *= premise->operations;
	f->queued_s *= premise->operations;
	scenario_set_cpus(&f->now, f->p, false);
	error = forecast_run(&f->now, &f->now_s);
	f->now_s += f->now.rest_s;
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

	if (p->work.exchanges > 0)
		return false;
	if (p->work.model != MODEL_EVENT_LOOP)
		return p->work.wait_joint_s > MARGIN * p->wall_s;
	for (size_t i = 0; i < m->processes_count; i++)
		watched = m->processes[i].watched_files > watched ? m->processes[i].watched_files
								  : watched;
	for (size_t i = 0; i < p->loops_count; i++)
		waited |= p->loops[i].iterations > 0 || p->loops[i].saturated;
	return waited || watched > WATCHED_ITSELF;
}

int present_find(struct present *ret, struct profile *p, const struct workload *work)
{
	int error;

	*ret = (struct present){.p = p, .work = work};
	if (work->operations_count > OPERATIONS_SOME) {
		ret->some = operations_thin(work);
		if (!ret->some)
			return -ENOMEM;
	}
	ret->width_unknown = width_is_unknown(p);
	error = present_measure(ret);
	return error ? error : present_suppose(ret);
}

void present_clear(struct present *f)
{
	free(f->some);
	free(f->lulled.steps);
	f->some = NULL;
	f->lulled.steps = NULL;
}

bool present_loops_multiply(const struct profile *p, enum model m)
{
	return m == MODEL_PROCESSES && p->work.service && p->work.model == MODEL_EVENT_LOOP;
}

struct scenario present_change(const struct present *f, enum model m, size_t workers)
{
	struct scenario s = f->now;

	s.model = present_loops_multiply(f->p, m) ? MODEL_HYBRID : m;
	s.workers = workers;
	/* More of the same costs what it cost; what blocked a loop need not. */
	s.as_built = m == f->p->work.model && m != MODEL_EVENT_LOOP;
	if (!s.as_built)
		s.rest_s -= f->queued_s;
	return s;
}

size_t present_workers_most(const struct present *f, enum model m)
{
	double most = (double)f->now.agenda.count * fmax(1, f->now.times);

	if (f->work->width > 0)
		most = fmin(most, (double)f->work->width);
	return (size_t)fmax(1, fmin(most, overhead_of(f->p, m, 0).workers_max));
}
