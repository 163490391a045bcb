/*
 * holder: the samples of threads that computed with a lock held that others wanted, and their
 * waits.
 */
#include "holder.h"

#include "meaning.h"
#include "profile.h"
#include "site.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOLDERS_MOST 5

static bool is_of_lock(const struct profile_lock *l, const struct meaning *x, size_t thread,
	uint64_t holds, bool global_held)
{
	if (l->pid && x->m->processes[x->m->threads[thread].process].pid != l->pid)
		return false;
	if (strcmp(l->kind, "interpreter") == 0)
		return global_held;
	return l->address && holds == l->address;
}

/* While it computed. */
static size_t samples_gather(
	struct site_part *parts, const struct profile_lock *l, const struct meaning *x)
{
	const struct measurement *m = x->m;
	double sample_s = m->sample_hz > 0 ? 1 / m->sample_hz : 0;
	size_t count = 0;

	for (size_t i = 0; i < m->samples_count; i++) {
		const struct measured_sample *s = &m->samples[i];

		if (is_of_lock(l, x, s->thread, s->holds, s->lock_held > 0 && s->lock_wanted))
			parts[count++] = (struct site_part){.stack = s->stack,
				.thread = s->thread,
				.s = (double)s->count * sample_s,
				.taken = (double)s->count,
				.max_s = NAN};
	}
	return count;
}

/* While it waited for something else. */
static size_t waits_gather(
	struct site_part *parts, const struct profile_lock *l, const struct meaning *x)
{
	const struct measurement *m = x->m;
	size_t count = 0;

	for (size_t i = 0; i < m->sites_count; i++) {
		const struct measured_site *s = &m->sites[i];
		size_t thread = m->waits[s->wait].thread;

		if (is_of_lock(l, x, thread, s->holds, s->lock_held > 0 && s->lock_wanted))
			parts[count++] = (struct site_part){.stack = s->stack,
				.thread = thread,
				.s = (double)s->total_ns / 1e9,
				.taken = (double)s->taken,
				.max_s = (double)s->max_ns / 1e9};
	}
	return count;
}

int holder_fill(struct profile_lock *l, const struct profile *p, const struct meaning *x)
{
	size_t most = x->m->samples_count + x->m->sites_count;
	struct site_part *parts = calloc(most + 1, sizeof(*parts));
	struct site_whole whole = {NAN, NAN, 1, true, HOLDERS_MOST};
	size_t count;
	int error;

	if (!parts)
		return -ENOMEM;
	count = samples_gather(parts, l, x);
	count += waits_gather(parts + count, l, x);
	error = sites_make(&l->holding, p, parts, count, &whole);
	free(parts);
	return error;
}
