/*
 * simulation: workers go through the phases of their operations' steps; two calendars say which of
 * them goes on next: one in time (waits, starts, hand-overs), one in the CPUs' own time, which runs
 * at the speed that each computing worker gets, so that it need not be sorted anew when one more
 * computes.
 */
#include "simulation_state.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

int simulation_appoint(struct simulation *s, uint32_t who, double in_s)
{
	struct appointment a = {s->now_s + in_s, who, s->workers[who].generation};

	return calendar_add(&s->times, a);
}

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
	int r = GO_ON;

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
		if (!phase_next(s, w, &r)) {
			w->phase = 0;
			w->step++;
			continue;
		}
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

	advance(s, a.at);
	calendar_drop_next(&s->times);
	if (a.who < s->machine->workers)
		return worker_go(s, &s->workers[a.who]);
	return gate_time(s, &s->gates[a.who - s->machine->workers], a.generation);
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
		gate_open(&s->gates[i], i < GATE_EXECUTORS ? INFINITY : m->quantum_s,
			i < GATE_EXECUTORS ? 0 : m->handover_s);
	s->active = m->workers;
	for (size_t i = 0; i < m->workers && !error; i++)
		error = simulation_appoint(s, (uint32_t)i,
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
