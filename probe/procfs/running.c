/* running: the looks tell the proportions, the kernel's counts the sum. */
#include "running.h"

void running_count(struct running *r, size_t threads, size_t cpus, uint64_t ns)
{
	if (cpus > 0 && threads > cpus)
		threads = cpus;
	if (threads >= WIRE_RUNNING)
		threads = WIRE_RUNNING - 1;
	r->ns[threads] += ns;
}

void running_settle(struct running *r, uint64_t cpu_ns, uint64_t wall_ns)
{
	double looked = 0, busy = 0, scale;

	for (size_t n = 1; n < WIRE_RUNNING; n++)
		looked += (double)n * (double)r->ns[n];
	/* Too short for a look to have met it: then nothing says that two ran at once. */
	if (looked <= 0) {
		r->ns[1] = cpu_ns < wall_ns ? cpu_ns : wall_ns;
		r->ns[0] = wall_ns - r->ns[1];
		return;
	}
	scale = (double)cpu_ns / looked;
	for (size_t n = 1; n < WIRE_RUNNING; n++)
		busy += (double)r->ns[n] * scale;
	if (busy > (double)wall_ns)
		scale *= (double)wall_ns / busy;
	busy = 0;
	for (size_t n = 1; n < WIRE_RUNNING; n++) {
		r->ns[n] = (uint64_t)((double)r->ns[n] * scale);
		busy += (double)r->ns[n];
	}
	r->ns[0] = (double)wall_ns > busy ? wall_ns - (uint64_t)busy : 0;
}
