/*
 * simulation: workers go through the phases of their operations' steps; two calendars say which of
 * them goes on next: one in time (waits, starts, hand-overs), one in the CPUs' own time, which runs
 * at the speed that each computing worker gets, so that it need not be sorted anew when one more
 * computes.
 */
#include "simulation.h"

#include "calendar.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define NOBODY UINT32_MAX

/* Of what a CPU's idling costs, what its own caches do, not those that CPUs share: a seventh to
 * nine tenths (docs/lulls.md). */
#define OWN_CACHES 0.5

/* What a phase says to its worker. */
#define GO_ON 1
#define STAY 0 /* until something ends; then the next phase */

struct worker {
	size_t step, end;    /* of the operation at hand */
	size_t phase;        /* that comes next */
	double left_s;       /* computing under the executor that is still to be done */
	double recorded_s;   /* of that, what was recorded: after a lull it takes longer */
	double pace;         /* of its step, see lull_pace(); 0: it has not computed in it yet */
	double lull_s;       /* that ended with computing which is no step's own */
	double computed;     /* when it has computed, by the CPUs' own time */
	uint32_t generation; /* of its appointments */
	uint32_t next;       /* in a gate's queue */
	bool begun;          /* it has done what is its own to begin with */
	bool first;          /* at the operation's first step */
	bool executes;       /* holds its executor */
	bool contended;      /* others wait for its executor in this step */
};

/* What one worker at a time passes through. */
struct gate {
	uint32_t holder, first, last;
	uint32_t generation; /* counts holders */
	uint32_t waiting;
	double quantum_s, handover_s;
};

/* A CPU's caches, with what those who compute there share. */
struct place {
	size_t computing; /* workers */
	double quiet_s;   /* when the last one had computed */
};

enum { GATE_EXCLUSIVE, GATE_DEVICE, GATE_PARENT, GATE_EXECUTORS };

struct simulation {
	const struct agenda *agenda;
	const struct machine *machine;
	struct worker *workers;
	struct gate *gates; /* the executors' are the last */
	struct place *places;
	size_t places_count;
	struct calendar times, computings;
	double now_s, ended_s;
	double cpu_time;  /* what one computing worker has got */
	size_t computing; /* workers */
	size_t taken;     /* operations */
	size_t active;    /* workers with something to do */
};

double simulation_speed(double cpus, double together, size_t n)
{
	double busy = fmin((double)n, cpus);

	return cpus > 1 && busy > 1 ? 1 - (1 - together) * (busy - 1) / (cpus - 1) : 1;
}

/* What n computing workers get each, of one CPU. */
static double cpu_rate(const struct machine *m, size_t n)
{
	double own = fmin((double)n, m->cores);
	double shared = fmax(0, fmin((double)n, m->cpus) - m->cores);

	double rate = n ? fmin(1, (own + shared * m->core_share) / (double)n) : 1;

	return rate * m->speed * simulation_speed(m->cpus, m->together, n);
}

static int appoint(struct simulation *s, uint32_t who, double in_s)
{
	struct appointment a = {s->now_s + in_s, who, s->workers[who].generation};

	return calendar_add(&s->times, a);
}

static const struct step *worker_step(const struct simulation *s, const struct worker *w)
{
	return &s->agenda->work->steps[w->step];
}

/* A loop has one; of workers that share no memory, each has its own; others share the CPUs', and
 * return after a wait to where they were. */
static size_t places_count(const struct machine *m)
{
	double cpus = m->apart ? INFINITY : fmax(1, m->cpus);

	return m->loop ? m->executors : (size_t)fmax(1, fmin((double)m->workers, cpus));
}

static struct place *worker_place(const struct simulation *s, const struct worker *w)
{
	return &s->places[(size_t)(w - s->workers) % s->places_count];
}

static double place_idle_s(const struct simulation *s, const struct place *p)
{
	return p->computing > 0 ? 0 : s->now_s - p->quiet_s;
}

/*
 * How long the caches have idled that a worker comes to. Who computes on another CPU keeps what
 * they share in the caches that CPUs share, but not in those of this one (docs/lulls.md).
 */
static double idle_s(const struct simulation *s, const struct worker *w)
{
	double here_s = place_idle_s(s, worker_place(s, w)), least_s = here_s;

	for (size_t i = 0; !s->machine->apart && i < s->places_count; i++)
		least_s = fmin(least_s, place_idle_s(s, &s->places[i]));
	return least_s + (here_s - least_s) * OWN_CACHES;
}

static double lull_find(const struct simulation *s, const struct worker *w)
{
	return s->machine->lulls.count > 0 || s->machine->idles ? idle_s(s, w) : 0;
}

/* The step's first computing ends a lull, or follows one that was recorded and is none here. */
static void step_pace(struct simulation *s, struct worker *w)
{
	const struct machine *m = s->machine;
	double lull_s;

	if (w->pace > 0)
		return;
	lull_s = fmax(lull_find(s, w), w->lull_s);
	w->lull_s = 0;
	w->pace = m->lulls.count > 0 ? lull_pace(&m->lulls, worker_step(s, w), lull_s) : 1;
	if (m->idles)
		m->idles[w->step] = lull_s;
}

static void computing_leave(struct simulation *s, struct worker *w)
{
	struct place *p = worker_place(s, w);

	s->computing--;
	if (--p->computing == 0)
		p->quiet_s = s->now_s;
}

/* recorded_s: of cpu_s, what is the step's own. */
static int compute(struct simulation *s, struct worker *w, double cpu_s, double recorded_s)
{
	uint32_t who = (uint32_t)(w - s->workers);
	struct appointment a = {.who = who, .generation = w->generation};

	if (cpu_s <= 0)
		return GO_ON;
	if (recorded_s > 0) {
		step_pace(s, w);
		cpu_s += recorded_s * (w->pace - 1);
	} else {
		/* Handing an operation out warms nothing of what it works on. */
		w->lull_s = fmax(w->lull_s, lull_find(s, w));
	}
	w->computed = a.at = s->cpu_time + cpu_s;
	s->computing++;
	worker_place(s, w)->computing++;
	return calendar_add(&s->computings, a);
}

static uint32_t gate_number(const struct simulation *s, const struct gate *g)
{
	return (uint32_t)(s->machine->workers + (size_t)(g - s->gates));
}

/* A waiter lets the holder go on for a quantum, which begins in so many seconds. */
static int gate_arm(struct simulation *s, struct gate *g, double in_s)
{
	struct appointment a = {s->now_s + in_s + g->quantum_s, gate_number(s, g), g->generation};

	return isinf(g->quantum_s) || g->first == NOBODY ? 0 : calendar_add(&s->times, a);
}

static void gate_queue(struct simulation *s, struct gate *g, uint32_t who)
{
	s->workers[who].next = NOBODY;
	g->waiting++;
	if (g->first == NOBODY)
		g->first = who;
	else
		s->workers[g->last].next = who;
	g->last = who;
}

static int gate_enter(struct simulation *s, struct gate *g, const struct worker *w)
{
	uint32_t who = (uint32_t)(w - s->workers);
	bool first = g->first == NOBODY;
	int error;

	if (g->holder == NOBODY) {
		g->holder = who;
		return GO_ON;
	}
	gate_queue(s, g, who);
	error = first ? gate_arm(s, g, 0) : 0;
	return error ? error : STAY;
}

static int gate_leave(struct simulation *s, struct gate *g)
{
	uint32_t next = g->first;
	int error;

	g->generation++;
	g->holder = next;
	if (next == NOBODY)
		return GO_ON;
	g->first = s->workers[next].next;
	g->waiting--;
	error = appoint(s, next, g->handover_s);
	if (!error)
		error = gate_arm(s, g, g->handover_s);
	return error ? error : GO_ON;
}

/*
 * From here on others wait for its executor in this step. Returns how many times as long what is
 * left of its computing takes.
 *
 * A call finds one to be woken if not all were before: who was woken sleeps again after wakeup_s,
 * and is woken by the next call. So each is woken once in wakeup_s and the time between two calls
 * (an alternating renewal process).
 */
static double contention(const struct simulation *s, struct worker *w, const struct gate *g)
{
	const struct machine *m = s->machine;
	bool already = w->contended;

	w->contended = true;
	if (already || m->loop)
		return 1;
	return 1 + m->calls_per_s * m->waking_s /
			   (1 + m->calls_per_s * m->wakeup_s / fmax(1, g->waiting));
}

/* The quantum is over: the holder goes to the end of the queue with what it has left to compute. */
static int gate_preempt(struct simulation *s, struct gate *g)
{
	uint32_t who = g->holder;
	struct worker *w = &s->workers[who];

	if (w->computed <= s->cpu_time)
		return gate_arm(s, g, 0); /* it is only about to begin, or done */
	w->left_s = (w->computed - s->cpu_time) * contention(s, w, g);
	w->computed = 0;
	w->generation++;
	w->phase--;
	computing_leave(s, w);
	gate_queue(s, g, who);
	return gate_leave(s, g) < 0 ? -ENOMEM : 0;
}

static struct gate *worker_executor(const struct simulation *s, const struct worker *w)
{
	return &s->gates[GATE_EXECUTORS + (size_t)(w - s->workers) % s->machine->executors];
}

/* The phases of a step, in order. */

static bool step_excludes(const struct simulation *s, const struct step *step)
{
	return step->exclusive && !s->machine->lock_free;
}

static int phase_exclude(struct simulation *s, struct worker *w)
{
	return step_excludes(s, worker_step(s, w)) ? gate_enter(s, &s->gates[GATE_EXCLUSIVE], w)
						   : GO_ON;
}

/* Under the executor's lock, and beside it: a child makes its system calls under none. */
static double step_brief_s(const struct machine *m, const struct step *step)
{
	return step->beside ? 0 : step->free_s * m->brief;
}

static double step_free_s(const struct machine *m, const struct step *step)
{
	return step->free_s - step_brief_s(m, step);
}

static int phase_execute(struct simulation *s, struct worker *w)
{
	const struct machine *m = s->machine;
	const struct step *step = worker_step(s, w);
	bool loops = m->loop && !step->beside && (step->free_s > 0 || step->blocking);

	w->recorded_s = step->locked_s + step_brief_s(m, step);
	w->left_s = w->recorded_s + (w->first ? m->operation_s : 0);
	w->pace = 0;
	w->first = w->contended = false;
	if (m->executors == 0 || (w->left_s <= 0 && !loops))
		return GO_ON;
	w->executes = true;
	if (worker_executor(s, w)->holder != NOBODY)
		w->left_s *= contention(s, w, worker_executor(s, w));
	return gate_enter(s, worker_executor(s, w), w);
}

static int phase_compute_locked(struct simulation *s, struct worker *w)
{
	double recorded_s = w->recorded_s;

	w->recorded_s = 0; /* what is left of it when it is preempted has its length */
	return compute(s, w, w->left_s, recorded_s);
}

static int executor_leave(struct simulation *s, struct worker *w, bool now)
{
	if (!now || !w->executes)
		return GO_ON;
	w->executes = false;
	w->computed = 0;
	return gate_leave(s, worker_executor(s, w));
}

static int phase_unlock(struct simulation *s, struct worker *w)
{
	/* A loop computes to the end, but for what a child does. */
	return executor_leave(s, w, !s->machine->loop || worker_step(s, w)->beside);
}

static int phase_compute_free(struct simulation *s, struct worker *w)
{
	double free_s = step_free_s(s->machine, worker_step(s, w));

	return compute(s, w, free_s, free_s);
}

static int phase_yield(struct simulation *s, struct worker *w)
{
	return executor_leave(s, w, !worker_step(s, w)->blocking);
}

static bool step_needs_device(const struct simulation *s, const struct step *step)
{
	return s->machine->device_serial && step->blocking && step->wait_s > 0;
}

static int phase_device(struct simulation *s, struct worker *w)
{
	return step_needs_device(s, worker_step(s, w)) ? gate_enter(s, &s->gates[GATE_DEVICE], w)
						       : GO_ON;
}

static int phase_wait(struct simulation *s, struct worker *w)
{
	double wait_s = worker_step(s, w)->wait_s;

	return wait_s > 0 ? appoint(s, (uint32_t)(w - s->workers), wait_s) : GO_ON;
}

static int phase_leave(struct simulation *s, struct worker *w)
{
	const struct step *step = worker_step(s, w);
	int r = executor_leave(s, w, true);

	if (r == GO_ON && step_needs_device(s, step))
		r = gate_leave(s, &s->gates[GATE_DEVICE]);
	if (r == GO_ON && step_excludes(s, step))
		r = gate_leave(s, &s->gates[GATE_EXCLUSIVE]);
	return r;
}

/* Only after the last step. */

static bool worker_passes(const struct simulation *s, const struct worker *w)
{
	return s->machine->passing_s > 0 && w->step + 1 == w->end;
}

static int phase_pass(struct simulation *s, struct worker *w)
{
	return worker_passes(s, w) ? gate_enter(s, &s->gates[GATE_PARENT], w) : GO_ON;
}

static int phase_compute_passing(struct simulation *s, struct worker *w)
{
	return worker_passes(s, w) ? compute(s, w, s->machine->passing_s, 0) : GO_ON;
}

static int phase_passed(struct simulation *s, struct worker *w)
{
	return worker_passes(s, w) ? gate_leave(s, &s->gates[GATE_PARENT]) : GO_ON;
}

static int (*const phases[])(struct simulation *s, struct worker *w) = {
	phase_exclude,
	phase_execute,
	phase_compute_locked,
	phase_unlock,
	phase_compute_free,
	phase_yield,
	phase_device,
	phase_wait,
	phase_leave,
	phase_pass,
	phase_compute_passing,
	phase_passed,
};
#define PHASES (sizeof(phases) / sizeof(phases[0]))

/* Takes the next operation. Returns false if there is none. */
static bool worker_take(struct simulation *s, struct worker *w)
{
	const struct agenda *a = s->agenda;
	const struct operation *o;
	size_t i = s->taken;

	if (i >= a->count)
		return false;
	s->taken++;
	o = &a->work->operations[a->order ? a->order[i] : i % a->work->operations_count];
	*w = (struct worker){
		.step = o->first,
		.end = o->first + o->count,
		.first = true,
		.begun = true,
		.generation = w->generation,
	};
	return true;
}

/* On, until something has to end first. Returns 0 or -ENOMEM. */
static int worker_go(struct simulation *s, struct worker *w)
{
	if (!w->begun) {
		w->begun = true;
		if (compute(s, w, s->machine->own_s, 0) != GO_ON)
			return STAY;
	}
	for (;;) {
		if (w->step == w->end) {
			if (w->end > 0)
				s->ended_s = s->now_s;
			if (!worker_take(s, w)) {
				s->active--;
				return 0;
			}
			continue; /* an operation may be empty */
		}
		if (w->phase == PHASES) {
			w->phase = 0;
			w->step++;
			continue;
		}

		int r = phases[w->phase++](s, w);

		if (r != GO_ON)
			return r;
	}
}

/* Appointments that were called off. */
static const struct appointment *computings_next(struct simulation *s)
{
	const struct appointment *a;

	while ((a = calendar_next(&s->computings)) &&
		a->generation != s->workers[a->who].generation)
		calendar_drop_next(&s->computings);
	return a;
}

static void advance(struct simulation *s, double to_s)
{
	s->cpu_time += (to_s - s->now_s) * cpu_rate(s->machine, s->computing);
	s->now_s = to_s;
}

static int computing_ends(struct simulation *s, double at_s)
{
	struct appointment a = *calendar_next(&s->computings);

	advance(s, at_s);
	s->cpu_time = fmax(s->cpu_time, a.at);
	calendar_drop_next(&s->computings);
	computing_leave(s, &s->workers[a.who]);
	return worker_go(s, &s->workers[a.who]);
}

static int time_comes(struct simulation *s)
{
	struct appointment a = *calendar_next(&s->times);
	struct gate *g;

	advance(s, a.at);
	calendar_drop_next(&s->times);
	if (a.who < s->machine->workers)
		return worker_go(s, &s->workers[a.who]);
	g = &s->gates[a.who - s->machine->workers];
	return g->generation == a.generation && g->first != NOBODY ? gate_preempt(s, g) : 0;
}

static int simulation_step(struct simulation *s)
{
	const struct appointment *time = calendar_next(&s->times);
	const struct appointment *computing = computings_next(s);
	double rate = cpu_rate(s->machine, s->computing), computed_s = INFINITY;

	if (computing)
		computed_s = s->now_s + fmax(0, computing->at - s->cpu_time) / rate;
	if (!time && !computing)
		return -EDEADLK;
	if (time && time->at <= computed_s)
		return time_comes(s);
	return computing_ends(s, computed_s);
}

/* Tasks of a loop are there when it is; loops start one after the other. */
static size_t starts_before(const struct machine *m, size_t worker)
{
	return m->loop && m->executors > 0 ? worker % m->executors : worker;
}

static int simulation_begin(struct simulation *s)
{
	const struct machine *m = s->machine;
	int error = 0;

	for (size_t i = 0; i < GATE_EXECUTORS + m->executors; i++)
		s->gates[i] = (struct gate){
			.holder = NOBODY,
			.first = NOBODY,
			.quantum_s = i < GATE_EXECUTORS ? INFINITY : m->quantum_s,
			.handover_s = i < GATE_EXECUTORS ? 0 : m->handover_s,
		};
	s->active = m->workers;
	for (size_t i = 0; i < m->workers && !error; i++)
		error = appoint(s, (uint32_t)i,
			m->start_once_s + (double)(starts_before(m, i) + 1) * m->start_each_s);
	return error;
}

int simulation_run(const struct agenda *a, const struct machine *m, double *ret_s)
{
	struct simulation s = {
		.agenda = a,
		.machine = m,
		.workers = calloc(m->workers + 1, sizeof(*s.workers)),
		.gates = calloc(GATE_EXECUTORS + m->executors, sizeof(*s.gates)),
		.places = calloc(places_count(m) + 1, sizeof(*s.places)),
		.places_count = places_count(m),
	};
	int error = s.workers && s.gates && s.places ? simulation_begin(&s) : -ENOMEM;

	while (!error && s.active > 0)
		error = simulation_step(&s);
	*ret_s = s.ended_s;
	calendar_clear(&s.times);
	calendar_clear(&s.computings);
	free(s.workers);
	free(s.gates);
	free(s.places);
	return error;
}
