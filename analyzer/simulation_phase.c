/*
 * simulation_phase: the phases of a step, in order: it takes its lock and its executor, computes
 * with it and without it, waits, and gives back what it holds; the last step of an operation passes
 * a result on.
 */
#include "simulation_state.h"

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
		w->left_s *= gate_contention(s, w, worker_executor(s, w));
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

	return wait_s > 0 ? simulation_appoint(s, worker_number(s, w), wait_s) : GO_ON;
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

bool phase_next(struct simulation *s, struct worker *w, int *ret)
{
	if (w->phase == PHASES)
		return false;
	*ret = phases[w->phase++](s, w);
	return true;
}
