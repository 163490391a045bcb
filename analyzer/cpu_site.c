/*
 * cpu_site: on-CPU samples, line by line.
 *
 * Where not every sample's stack was taken, those of a thread that were stand for its others. A
 * thread without any is on a CPU nobody knows where, and that is a part of the whole too.
 */
#include "cpu_site.h"

#include "meaning.h"
#include "profile.h"
#include "site.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define SITES_MOST 20

struct sampled {
	double all, placed; /* samples of a thread, and those with a stack */
};

static void sampled_count(struct sampled *threads, const struct measurement *m)
{
	for (size_t i = 0; i < m->samples_count; i++) {
		const struct measured_sample *s = &m->samples[i];

		threads[s->thread].all += (double)s->count;
		if (s->stack != MEASURED_NONE)
			threads[s->thread].placed += (double)s->count;
	}
}

static size_t parts_gather(
	struct site_part *parts, const struct sampled *threads, const struct measurement *m)
{
	double sample_s = m->sample_hz > 0 ? 1 / m->sample_hz : 0;
	size_t count = 0;

	for (size_t i = 0; i < m->samples_count; i++) {
		const struct measured_sample *s = &m->samples[i];
		const struct sampled *t = &threads[s->thread];
		double by = t->placed > 0 ? t->all / t->placed : 1;
		double cpu_s = (double)s->count * by * sample_s;

		if (s->stack == MEASURED_NONE && t->placed > 0)
			continue;
		parts[count++] = (struct site_part){
			.stack = s->stack,
			.thread = s->thread,
			.s = cpu_s,
			.taken = (double)s->count,
			.max_s = NAN,
			.held_s = s->lock_held > 0 ? cpu_s : 0,
			.known_s = s->lock_held >= 0 ? cpu_s : 0,
		};
	}
	return count;
}

int cpu_site_fill(struct profile *p, const struct meaning *x)
{
	const struct measurement *m = x->m;
	struct sampled *threads = calloc(m->threads_count + 1, sizeof(*threads));
	struct site_part *parts = calloc(m->samples_count + 1, sizeof(*parts));
	struct site_whole whole = {NAN, NAN, 0, true, SITES_MOST};
	int error = threads && parts ? 0 : -ENOMEM;

	if (!error) {
		sampled_count(threads, m);
		error = sites_make(
			&p->cpu_sites, p, parts, parts_gather(parts, threads, m), &whole);
	}
	free(threads);
	free(parts);
	return error;
}
