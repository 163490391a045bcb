/*
 * sharing: what was timed of the machine (probe/together.h), and what a program shows of its need
 * for memory.
 */
#include "sharing.h"

#include "probe/measurement.h"

#include <math.h>
#include <string.h>

/* What the machine lets small pieces of work do is timed; programs that need more of caches and
 * memory lose more, a quarter and beyond (Zhuravlev, Blagodurov, Fedorova: Addressing Shared
 * Resource Contention in Multicore Processors via Scheduling, ASPLOS 2010). */
#define SPEED_CAREFUL 0.75

/* One that has no more memory than what the pieces went through asks no more of the machine. */
static bool is_timed(const struct profile *p)
{
	uint64_t bytes = measurement_rss_peak_bytes(p->measurement);

	return bytes > 0 && bytes <= MEASURED_TOGETHER_BYTES;
}

/* PyPy compiles what it runs. */
static bool is_compiled(const struct profile *p)
{
	for (size_t i = 0; i < p->measurement->runtimes_count; i++)
		if (strcmp(p->measurement->runtimes[i].name, "pypy") == 0)
			return true;
	return false;
}

/* Interpreted code takes so long for each byte that memory is no limit: most of a dozen pieces of
 * Python take as long beside another one as alone (docs/sharing.md). */
static double interpreted_share(const struct profile *p)
{
	if (is_compiled(p) || !(p->work.cpu_s > 0))
		return 0;
	return fmin(1, p->work.cpu_locked_s / p->work.cpu_s);
}

double sharing_speed(const struct profile *p, enum view view)
{
	const struct measured_host *h = &p->measurement->host;
	bool known = h->compute_together > 0 && h->memory_together > 0;
	double compute = known ? h->compute_together / 1000.0 : 1;
	double memory = known ? h->memory_together / 1000.0 : 1;
	double best = fmax(compute, memory), worst = fmin(compute, memory);
	double interpreted = interpreted_share(p);

	if (!known || !is_timed(p))
		worst = fmin(SPEED_CAREFUL, worst);
	else
		interpreted = 0;
	if (view != VIEW_LIKELY)
		return view == VIEW_HOPEFUL ? best : worst;
	return interpreted * best + (1 - interpreted) * (best + worst) / 2;
}
