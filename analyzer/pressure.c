/*
 * pressure: run-queue time less what the target itself explains.
 */
#include "pressure.h"

#include "meaning.h"
#include "profile.h"

#include <math.h>

/* A wake-up takes up to this long on an idle CPU that has to leave a sleep state. */
#define WAKE_UP_S 50e-6

/* At most as long as all CPUs were filled, each thread that found no place waited. */
static double own_s(const struct profile_concurrency *c)
{
	double filled_s = 0;

	for (size_t n = (size_t)ceil(c->cpus); n > 0 && n < c->running_count; n++)
		filled_s += c->running_s[n];
	return filled_s * fmax(0, (double)c->threads_peak - c->cpus);
}

double pressure_s(const struct profile *p, const struct meaning *x)
{
	double throttled_s = (double)x->m->host.throttled_ns / 1e9, wake_ups = 0, stolen_s = 0;

	for (size_t i = 0; i < x->m->threads_count; i++) {
		wake_ups += (double)x->m->threads[i].switches_voluntary;
		stolen_s += (double)x->m->threads[i].stolen_ns / 1e9;
	}
	return fmax(0, p->time.s[STATE_RUN_QUEUE] + stolen_s - own_s(&p->concurrency) -
			       wake_ups * WAKE_UP_S -
			       throttled_s * (double)p->concurrency.threads_peak);
}
