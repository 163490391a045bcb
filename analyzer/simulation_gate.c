/*
 * simulation_gate: what one worker at a time passes through, first come, first served: a lock, a
 * device, a parent that takes results, an executor. Of an interpreter's lock the holder is sent to
 * the end of the queue when its quantum is over.
 */
#include "simulation_state.h"

#include <errno.h>
#include <math.h>

void gate_open(struct gate *g, double quantum_s, double handover_s)
{
	*g = (struct gate){
		.holder = NOBODY,
		.first = NOBODY,
		.quantum_s = quantum_s,
		.handover_s = handover_s,
	};
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

int gate_enter(struct simulation *s, struct gate *g, const struct worker *w)
{
	uint32_t who = worker_number(s, w);
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

int gate_leave(struct simulation *s, struct gate *g)
{
	uint32_t next = g->first;
	int error;

	g->generation++;
	g->holder = next;
	if (next == NOBODY)
		return GO_ON;
	g->first = s->workers[next].next;
	g->waiting--;
	error = simulation_appoint(s, next, g->handover_s);
	if (!error)
		error = gate_arm(s, g, g->handover_s);
	return error ? error : GO_ON;
}

/*
 * A call finds one to be woken if not all were before: who was woken sleeps again after wakeup_s,
 * and is woken by the next call. So each is woken once in wakeup_s and the time between two calls
 * (an alternating renewal process).
 */
double gate_contention(const struct simulation *s, struct worker *w, const struct gate *g)
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
	w->left_s = (w->computed - s->cpu_time) * gate_contention(s, w, g);
	w->computed = 0;
	w->generation++;
	w->phase--;
	computing_leave(s, w);
	gate_queue(s, g, who);
	return gate_leave(s, g) < 0 ? -ENOMEM : 0;
}

struct gate *worker_executor(const struct simulation *s, const struct worker *w)
{
	return &s->gates[GATE_EXECUTORS + worker_number(s, w) % s->machine->executors];
}

int gate_time(struct simulation *s, struct gate *g, uint32_t generation)
{
	return g->generation == generation && g->first != NOBODY ? gate_preempt(s, g) : 0;
}
