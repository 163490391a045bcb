/*
 * forecast: chooses the machine that a model is, and adds what is serial.
 */
#include "forecast.h"

#include "overhead.h"
#include "sharing.h"
#include "workload.h"

#include "probe/measurement.h"

#include <math.h>
#include <string.h>

/* CPython's switch interval unless changed (sys.getswitchinterval()); Ruby's time slice is 100 ms
 * (TIME_QUANTUM_MSEC in thread_pthread.c). */
#define QUANTUM_S 0.005
#define QUANTUM_RUBY_S 0.1
/* What the second thread of a core adds: a third (Intel's own figure for Hyper-Threading was up to
 * 30 %: Marr et al., Intel Technology Journal 6(1), 2002). Carefully, nothing. */
#define CORE_SHARE 0.3
/* Overheads are taken from nothing to twice as much. */
#define CAREFUL_OVERHEAD 2
/* A program's lulls cost as much as those of clients written for its runtime: carefully nothing, as
 * with a loop of arithmetic, hopefully twice that. */
#define LULLS_HOPEFUL 2
#define TURNS_MOST 100000
/* What a limit is lifted by, that can be lifted by degrees: twice as many. */
#define LIFTED 2

/* As many as are of use while a limit stands are too few when it is lifted. */
static size_t workers_of(const struct scenario *s)
{
	bool lifted = s->without != LIMIT_NOTHING && s->without != LIMIT_SERIAL_PART;

	/* More than there are operations have nothing to do. */
	return (size_t)fmin(
		(double)s->workers * (lifted ? LIFTED : 1), fmax(1, (double)s->agenda.count));
}

static bool process_is_ruby(const struct measurement *m)
{
	for (size_t i = 0; i < m->runtimes_count; i++)
		if (m->runtimes[i].global_lock && strcmp(m->runtimes[i].name, "ruby") == 0)
			return true;
	return false;
}

static void machine_set_executors(struct machine *m, const struct scenario *s)
{
	const struct profile *p = s->profile;

	m->quantum_s = process_is_ruby(p->measurement) ? QUANTUM_RUBY_S : QUANTUM_S;
	if (s->model == MODEL_THREADS && p->interpreter.present &&
		s->without != LIMIT_INTERPRETER_LOCK)
		m->executors = 1;
	if ((s->as_built && !s->agenda.work->shared) ||
		(s->model != MODEL_EVENT_LOOP && s->model != MODEL_HYBRID))
		return;
	m->executors = workers_of(s);
	m->workers = s->agenda.count;
	m->loop = true;
	m->quantum_s = INFINITY;
	m->handover_s = 0;
	m->start_each_s += m->own_s; /* of a loop, not of its tasks */
	m->own_s = 0;
}

static bool model_forks(enum model m)
{
	return m == MODEL_PROCESSES || m == MODEL_HYBRID;
}

/*
 * What each worker does to begin with. Where there are workers of the kind it is measured; of
 * others it is in the work, of as many as there were.
 */
static double startup_of(const struct scenario *s, const struct overhead *o)
{
	double now = s->profile->work.workers, then = (double)s->workers;
	double times = s->view == VIEW_CAREFUL ? CAREFUL_OVERHEAD : 1;
	enum model is = s->profile->work.model;

	if (s->agenda.work->startup_s > 0 &&
		(s->model == is || (model_forks(s->model) && model_forks(is))))
		return s->agenda.work->startup_s;
	return o->own_s * times * (s->as_built ? fmax(0, 1 - now / then) : 1);
}

/*
 * What processes add to the serial part: starting the first one, and what comes after the last one.
 * Another model does not have it: an estimate, taken for no more than half of what was measured.
 */
static double serial_s(const struct scenario *s)
{
	const struct workload *work = s->agenda.work;
	enum model now = s->profile->work.model;
	double sum = work->head_s + work->tail_s;

	if (s->as_built || s->started || (s->profile->work.elastic && !work->pooled))
		return sum;
	if (model_forks(now)) {
		struct overhead o = overhead_of(s->profile, now, 0);

		sum -= fmin(o.each_s, work->head_s / 2);
		sum -= isnan(work->ending_s) ? fmin(o.ending_s, work->tail_s / 2)
					     : fmin(work->ending_s, work->tail_s);
	}
	return model_forks(s->model) ? sum + overhead_of(s->profile, s->model, 0).ending_s : sum;
}

static double results_mib(const struct scenario *s)
{
	switch (s->view) {
	case VIEW_CAREFUL:
		return overhead_results_most_mib(s->profile, s->agenda.work);
	case VIEW_HOPEFUL:
		return 0;
	default:
		return overhead_results_mib(s->profile);
	}
}

static void machine_set_costs(struct machine *m, const struct scenario *s)
{
	double n = s->agenda.work->divisible ? (double)s->workers
					     : (double)s->agenda.work->operations_count;
	struct overhead o = overhead_of(s->profile, s->model, n > 0 ? results_mib(s) / n : 0);
	double times = s->view == VIEW_CAREFUL ? CAREFUL_OVERHEAD : s->view == VIEW_HOPEFUL ? 0 : 1;

	m->handover_s = m->wakeup_s = o.wakeup_s * times;
	m->waking_s = o.waking_s * times;
	m->start_each_s = o.each_s * (s->view == VIEW_CAREFUL ? times : 1);
	m->own_s = startup_of(s, &o);
	if (s->started)
		m->start_each_s = m->own_s = 0;
	if (s->as_built) {
		m->operation_s = s->agenda.work->feeding_s;
		return;
	}
	if (!s->started)
		m->start_once_s = o.once_s * (s->view == VIEW_CAREFUL ? times : 1);
	/* Pieces of one computing are handed out as few large ones. */
	if (!s->agenda.work->divisible)
		m->operation_s = o.operation_s * times;
	m->passing_s = o.passing_s;
	if (s->agenda.work->divisible)
		m->passing_s *= n / (double)s->agenda.work->operations_count;
	if (!s->started) /* a service's workers take what comes */
		m->passing_s += overhead_handing_s(&o, s->agenda.work) * times;
}

/*
 * Of a program's computing, what threads did to wait for an interpreter's lock and to wake each
 * other: another model would not, nor one thread alone. Where samples do not tell, it is estimated
 * by what waking one takes, and taken for no more than half.
 */
static double turns_share(const struct profile *p)
{
	double waits = 0;

	for (size_t i = 0; i < p->locks_count; i++)
		if (strcmp(p->locks[i].kind, "interpreter") == 0)
			waits += (double)p->locks[i].waits;
	if (!(waits > 0) || !isnan(p->interpreter.turns_share))
		return waits > 0 ? p->interpreter.turns_share : 0;
	return fmin(0.5, waits * overhead_of(p, MODEL_THREADS, 0).waking_s / p->work.cpu_s);
}

static double waking_share(const struct scenario *s)
{
	if ((s->as_built && s->workers > 1) || !(s->profile->work.cpu_s > 0))
		return 0;
	return turns_share(s->profile);
}

static void machine_set_cpus(struct machine *m, const struct scenario *s)
{
	double times = s->without == LIMIT_CORES ? LIFTED : 1;

	m->cpus = s->cpus * times;
	m->cores = s->cores * times;
	m->core_share = s->view == VIEW_CAREFUL ? 0 : s->view == VIEW_HOPEFUL ? 1 : CORE_SHARE;
	m->speed = 1 / (s->slowness * (1 - waking_share(s)));
	m->together = sharing_speed(s->profile, s->view);
}

/* What a device does when it is asked by several at once, a program shows that does so. */
static bool device_is_unknown(const struct scenario *s)
{
	return s->agenda.work->blocks && s->profile->work.model == MODEL_SEQUENTIAL &&
	       s->without != LIMIT_DEVICE;
}

/*
 * So many turns at an interpreter's lock show what taking turns costs; more would only take longer
 * to replay. They get as much longer as they get fewer, and so does what giving it up takes.
 */
static void machine_limit_turns(struct machine *m, const struct scenario *s)
{
	const struct workload *work = s->agenda.work;
	struct step sum = workload_sum(work);
	double rounds = (double)s->agenda.count / fmax(1, (double)work->operations_count);
	double computed_s = (sum.locked_s + sum.free_s) * rounds / m->speed +
			    m->own_s * (double)m->workers +
			    m->operation_s * (double)s->agenda.count;
	double times = computed_s / TURNS_MOST / m->quantum_s;

	if (m->executors == 0 || !(times > 1))
		return;
	m->quantum_s *= times;
	m->handover_s *= times;
}

/* Children have no part in their parent's lock. */
static struct step parents_sum(const struct workload *w)
{
	struct step sum = {0};

	for (size_t i = 0; i < w->steps_count; i++) {
		sum.locked_s += w->steps[i].locked_s;
		sum.free_s += w->steps[i].beside ? 0 : w->steps[i].free_s;
	}
	return sum;
}

/*
 * Of a call without the lock another thread has what is left when it runs. Where their lengths are
 * spread as the times between independent events, that is exp(-handover / mean) of them all.
 */
static double brief_share(double calls, double called_s, double handover_s)
{
	return called_s > 0 ? 1 - exp(-handover_s * calls / called_s) : 0;
}

/* What giving an interpreter's lock up for each system call does, where threads share it. */
static void machine_set_contention(struct machine *m, const struct scenario *s)
{
	const struct workload *work = s->agenda.work;
	struct step sum = parents_sum(work);
	double calls = work->calls_per_s * (sum.locked_s + sum.free_s);
	double called = s->profile->interpreter.called_share;

	if (s->as_built || m->executors == 0 || m->loop || !(calls > 0))
		return;
	m->calls_per_s = work->calls_per_s;
	m->brief = called * brief_share(calls, sum.free_s * called, m->handover_s);
}

struct lulls forecast_lulls(const struct profile *p, enum view view)
{
	double times = view == VIEW_CAREFUL ? 0 : view == VIEW_HOPEFUL ? LULLS_HOPEFUL : 1;

	return (struct lulls){
		.measured = p->measurement->lulls,
		.count = p->measurement->lulls_count,
		.share = overhead_lull_share(p) * times,
	};
}

static void machine_set_lulls(struct machine *m, const struct scenario *s)
{
	m->idles = s->idles;
	if (s->agenda.work->lulled)
		m->lulls = forecast_lulls(s->profile, s->view);
}

static struct machine machine_of(const struct scenario *s)
{
	struct machine m = {.workers = workers_of(s), .apart = model_forks(s->model)};

	machine_set_cpus(&m, s);
	machine_set_costs(&m, s);
	machine_set_executors(&m, s);
	machine_set_contention(&m, s);
	machine_set_lulls(&m, s);
	m.device_serial = s->view == VIEW_CAREFUL && device_is_unknown(s);
	m.lock_free = s->without == LIMIT_LOCK;
	if (s->agenda.work->width > 0 && m.workers > s->agenda.work->width &&
		(!s->as_built || s->agenda.work->shared))
		m.workers = s->agenda.work->width;
	/* Where one operation stands for several, all is that much shorter; so is the starting. */
	m.start_once_s /= s->times;
	m.start_each_s /= s->times;
	m.own_s /= s->times;
	machine_limit_turns(&m, s);
	return m;
}

/* Where it is not known: likely half of what it could gain. */
static int replay(const struct scenario *s, double *ret_s)
{
	struct machine m = machine_of(s);
	double serial_s;
	int error = simulation_run(&s->agenda, &m, ret_s);

	if (error || m.device_serial || s->view == VIEW_HOPEFUL || !device_is_unknown(s))
		return error;
	m.device_serial = true;
	error = simulation_run(&s->agenda, &m, &serial_s);
	*ret_s = (*ret_s + serial_s) / 2;
	return error;
}

int forecast_run(const struct scenario *s, double *ret_s)
{
	const struct workload *work = s->agenda.work;
	double replayed_s;
	int error = replay(s, &replayed_s);

	if (error)
		return error;
	*ret_s = replayed_s * s->times;
	if (s->without != LIMIT_SERIAL_PART)
		*ret_s += serial_s(s) + work->joint_s * s->times * (double)s->agenda.count /
						(double)work->operations_count;
	return 0;
}
