/*
 * looks: samples in calls that look for the events of several files, and all others.
 */
#include "looks.h"

#include "meaning.h"
#include "round.h"

#include <math.h>

/* That a stretch held none, by chance. */
#define CHANCE_MOST 0.01

static struct looks looks_make(double met, double all)
{
	return (struct looks){.met = met, .share = all > 0 ? met / all : 0};
}

struct looks looks_of_samples(const struct meaning *x, size_t thread)
{
	double all = 0, met = 0;

	for (size_t i = 0; i < x->m->samples_count; i++) {
		const struct measured_sample *s = &x->m->samples[i];

		if (s->thread != thread)
			continue;
		all += (double)s->count;
		met += round_is_call(s->syscall) ? (double)s->count : 0;
	}
	return looks_make(met, all);
}

struct looks looks_of_stretches(const struct meaning *x, size_t thread)
{
	double all = 0, met = 0;

	for (size_t i = x->first_segment[thread]; i < x->first_segment[thread + 1]; i++) {
		const struct measured_segment *s = &x->m->segments[x->segments[i]];

		all += s->stretch_samples;
		met += s->stretch_poll_samples;
	}
	return looks_make(met, all);
}

bool looks_could_be_missed(const struct looks *l, uint32_t samples)
{
	return l->met * pow(1 - l->share, samples) > CHANCE_MOST;
}
