/*
 * forecast: chooses the machine that a model is, and adds what is serial.
 */
#include "forecast.h"

#include "overhead.h"
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
/* CPUs that all compute share caches, memory and the package's power. Where it was not measured how
 * much slower each then is: carefully, by a quarter. */
#define TOGETHER_UNKNOWN 0.75
/* Overheads are taken from nothing to twice as much, and results, whose shape is not known, up to
 * four times. */
#define CAREFUL_OVERHEAD 2
#define CAREFUL_PASSING 4
/* What a limit is lifted by, that can be lifted by degrees: twice as many. */
#define LIFTED 2

/* As many as are of use while a limit stands are too few when it is lifted. */
static size_t workers_of(const struct scenario *s)
{
	bool lifted = s->without != LIMIT_NOTHING && s->without != LIMIT_SERIAL_PART;

	return s->workers * (lifted ? LIFTED : 1);
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
	if (s->as_built || (s->model != MODEL_EVENT_LOOP && s->model != MODEL_HYBRID))
		return;
	m->workers = s->agenda.count;
	m->loop = true;
	m->quantum_s = INFINITY;
	m->handover_s = 0;
	m->executors = workers_of(s);
}

static void machine_set_costs(struct machine *m, const struct scenario *s)
{
	double n = s->agenda.work->divisible ? (double)s->workers : (double)s->agenda.work->operations_count;
	struct overhead o = overhead_of(s->profile, s->model, n);
	double times = s->view == VIEW_CAREFUL	 ? CAREFUL_OVERHEAD
		       : s->view == VIEW_HOPEFUL ? 0
						 : 1;

	m->handover_s = o.wakeup_s * times;
	m->start_each_s = o.each_s * (s->view == VIEW_CAREFUL ? times : 1);
	if (s->started)
		m->start_each_s = 0;
	if (s->as_built)
		return;
	if (!s->started)
		m->start_once_s = o.once_s * (s->view == VIEW_CAREFUL ? times : 1);
	/* Pieces of one computing are handed out as few large ones. */
	if (!s->agenda.work->divisible)
		m->operation_s = o.operation_s * times;
	m->passing_s = o.passing_s * (s->view == VIEW_CAREFUL ? CAREFUL_PASSING : times);
	if (s->agenda.work->divisible)
		m->passing_s *= n / (double)s->agenda.work->operations_count;
}

double forecast_together(const struct profile *p, enum view view)
{
	const struct measured_host *h = &p->measurement->host;
	double compute = h->compute_together / 1000.0, memory = h->memory_together / 1000.0;

	if (h->compute_together == 0 || h->memory_together == 0)
		return view == VIEW_CAREFUL ? TOGETHER_UNKNOWN : 1;
	if (view == VIEW_LIKELY)
		return (compute + memory) / 2;
	return view == VIEW_CAREFUL ? fmin(compute, memory) : fmax(compute, memory);
}

static void machine_set_cpus(struct machine *m, const struct scenario *s)
{
	double times = s->without == LIMIT_CORES ? LIFTED : 1;

	m->cpus = s->cpus * times;
	m->cores = s->cores * times;
	m->core_share = s->view == VIEW_CAREFUL ? 0 : s->view == VIEW_HOPEFUL ? 1 : CORE_SHARE;
	m->speed = 1 / s->slowness;
	m->together = forecast_together(s->profile, s->view);
}

static struct machine machine_of(const struct scenario *s)
{
	struct machine m = {.workers = workers_of(s)};

	machine_set_cpus(&m, s);
	machine_set_costs(&m, s);
	machine_set_executors(&m, s);
	m.device_serial = s->view == VIEW_CAREFUL && s->without != LIMIT_DEVICE;
	m.lock_free = s->without == LIMIT_LOCK;
	if (s->agenda.work->width > 0 && m.workers > s->agenda.work->width && !s->as_built)
		m.workers = s->agenda.work->width;
	/* Where one operation stands for several, all is that much shorter; so is the starting. */
	m.start_once_s /= s->times;
	m.start_each_s /= s->times;
	return m;
}

int forecast_run(const struct scenario *s, double *ret_s)
{
	const struct workload *work = s->agenda.work;
	struct machine machine = machine_of(s);
	double replayed_s;
	int error = simulation_run(&s->agenda, &machine, &replayed_s);

	if (error)
		return error;
	*ret_s = replayed_s * s->times;
	if (s->without != LIMIT_SERIAL_PART)
		*ret_s += work->head_s + work->tail_s + work->joint_s;
	return 0;
}
