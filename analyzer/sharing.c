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

/* Server cores have half a MiB (AMD Zen) to 2 MiB (Intel Sapphire Rapids) of cache to themselves.
 * Of what is resident, 1.1 MiB are there in a program that does nothing, most of it the C
 * library's and never used again. */
#define CORE_BYTES (2 << 20)

static bool stays_in_core(const struct profile *p)
{
	uint64_t bytes = measurement_rss_peak_bytes(p->measurement);

	return bytes > 0 && bytes <= CORE_BYTES;
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
	bool timed = h->compute_together > 0 && h->memory_together > 0;
	double compute = timed ? h->compute_together / 1000.0 : 1;
	double memory = timed ? h->memory_together / 1000.0 : 1;
	double best = fmax(compute, memory), worst = fmin(SPEED_CAREFUL, fmin(compute, memory));
	double interpreted = interpreted_share(p);

	if (timed && stays_in_core(p))
		return compute;
	if (view != VIEW_LIKELY)
		return view == VIEW_HOPEFUL ? best : worst;
	return interpreted * best + (1 - interpreted) * (best + worst) / 2;
}
