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

double pressure_alone(const struct meaning *x)
{
	double cpu_ns, queued_ns, longest_ns = 0, rate = 0;

	if (x->m->threads_count != 1)
		return NAN;
	cpu_ns = (double)x->m->threads[0].cpu_ns;
	queued_ns = (double)x->m->threads[0].run_queue_ns;
	for (size_t i = 0; i < x->m->segments_count; i++) {
		const struct measured_segment *s = &x->m->segments[i];

		cpu_ns -= (double)s->cpu_before_ns;
		queued_ns -= (double)(s->run_queue_before_ns + s->run_queue_ns);
		if ((double)s->cpu_before_ns <= longest_ns)
			continue;
		longest_ns = (double)s->cpu_before_ns;
		rate = (double)s->run_queue_before_ns / longest_ns;
	}
	return cpu_ns > longest_ns ? fmax(0, queued_ns) / cpu_ns : rate;
}

static double stolen_s(const struct meaning *x)
{
	double sum = 0;

	for (size_t i = 0; i < x->m->threads_count; i++)
		sum += (double)x->m->threads[i].stolen_ns / 1e9;
	return sum;
}

static double behind_own_s(const struct meaning *x)
{
	double sum = 0;

	for (size_t i = 0; i < x->m->threads_count; i++)
		sum += (double)x->m->threads[i].run_queue_own_ns / 1e9;
	return sum;
}

/*
 * Run-queue time that neither the target's own threads, nor a quota, nor wake-ups explain. Its own
 * threads can keep each other waiting while another CPU is free: who is woken is often put on the
 * CPU of whom it was woken by.
 */
static double queued_s(const struct profile *p, const struct meaning *x)
{
	double throttled_s = (double)x->m->host.throttled_ns / 1e9, wake_ups = 0;

	for (size_t i = 0; i < x->m->threads_count; i++)
		wake_ups += (double)x->m->threads[i].switches_voluntary;
	return fmax(0, p->time.s[STATE_RUN_QUEUE] - fmax(own_s(&p->concurrency), behind_own_s(x)) -
			       wake_ups * WAKE_UP_S -
			       throttled_s * (double)p->concurrency.threads_peak);
}

double pressure_s(const struct profile *p, const struct meaning *x)
{
	double cpu_s = p->time.s[STATE_CPU_USER] + p->time.s[STATE_CPU_KERNEL];
	double alone_s = pressure_alone(x) * cpu_s;

	return stolen_s(x) + fmin(queued_s(p, x), isnan(alone_s) ? INFINITY : alone_s);
}

double pressure_own_s(const struct profile *p, const struct meaning *x)
{
	return fmax(0, behind_own_s(x) - own_s(&p->concurrency));
}
