/*
 * simulation_cpu: what CPUs give to those who compute on them, and what is left in their caches for
 * who computes next (docs/lulls.md).
 */
#include "simulation_state.h"

#include <math.h>

/* Of what a CPU's idling costs, what its own caches do, not those that CPUs share: a seventh to
 * nine tenths (docs/lulls.md). */
#define OWN_CACHES 0.5

double simulation_speed(double cpus, double together, size_t n)
{
	double busy = fmin((double)n, cpus);

	return cpus > 1 && busy > 1 ? 1 - (1 - together) * (busy - 1) / (cpus - 1) : 1;
}

double cpu_rate(const struct machine *m, size_t n)
{
	double own = fmin((double)n, m->cores);
	double shared = fmax(0, fmin((double)n, m->cpus) - m->cores);

	double rate = n ? fmin(1, (own + shared * m->core_share) / (double)n) : 1;

	return rate * m->speed * simulation_speed(m->cpus, m->together, n);
}

/* A loop has one; of workers that share no memory, each has its own; others share the CPUs', and
 * return after a wait to where they were. */
size_t places_count(const struct machine *m)
{
	double cpus = m->apart ? INFINITY : fmax(1, m->cpus);

	return m->loop ? m->executors : (size_t)fmax(1, fmin((double)m->workers, cpus));
}

static struct place *worker_place(const struct simulation *s, const struct worker *w)
{
	return &s->places[worker_number(s, w) % s->places_count];
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

void computing_leave(struct simulation *s, struct worker *w)
{
	struct place *p = worker_place(s, w);

	s->computing--;
	if (--p->computing == 0)
		p->quiet_s = s->now_s;
}

int compute(struct simulation *s, struct worker *w, double cpu_s, double recorded_s)
{
	struct appointment a = {.who = worker_number(s, w), .generation = w->generation};

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
