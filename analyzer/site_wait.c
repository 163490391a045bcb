/*
 * site_wait: the places that waits were called from, set by set.
 *
 * Each place was taken by chance and stands for as many waits as its weight says: over the whole
 * set the sums are right on average. They are scaled to the set's own sums, which are exact.
 */
#include "site.h"

#include "meaning.h"
#include "profile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* A reader wants the places to begin with. */
#define SITES_MOST 5

/* A site in its set. */
struct placed {
	size_t set;
	const struct measured_site *site;
};

struct set_sum {
	double s, count, seen_s;
};

static int placed_compare(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->set != y->set)
		return x->set < y->set ? -1 : 1;
	return (x->site > y->site) - (x->site < y->site);
}

/* Of what it stands for, what was seen there. */
static double site_seen_s(const struct measured_site *s)
{
	double part = s->count > 0 ? (double)s->taken / (double)s->count : 0;

	return (double)s->total_ns / 1e9 * part;
}

static size_t placed_gather(struct placed *placed, const struct meaning *x,
	const size_t *set_of_wait, size_t sets, struct set_sum *sums)
{
	const struct measurement *m = x->m;
	size_t count = 0;

	for (size_t i = 0; i < m->waits_count; i++) {
		if (set_of_wait[i] >= sets)
			continue;
		sums[set_of_wait[i]].s += (double)m->waits[i].total_ns / 1e9;
		sums[set_of_wait[i]].count += (double)m->waits[i].count;
	}
	for (size_t i = 0; i < m->sites_count; i++) {
		size_t set = set_of_wait[m->sites[i].wait];

		if (set >= sets)
			continue;
		sums[set].seen_s += site_seen_s(&m->sites[i]);
		placed[count++] = (struct placed){set, &m->sites[i]};
	}
	qsort(placed, count, sizeof(*placed), placed_compare);
	return count;
}

static struct site_part part_of(const struct meaning *x, const struct measured_site *s)
{
	double total_s = (double)s->total_ns / 1e9;

	return (struct site_part){
		.stack = s->stack,
		.thread = x->m->waits[s->wait].thread,
		.s = total_s,
		.taken = (double)s->taken,
		.count = (double)s->count,
		.max_s = (double)s->max_ns / 1e9,
		.held_s = s->lock_held > 0 ? total_s : 0,
		.known_s = s->lock_held >= 0 ? total_s : 0,
	};
}

static int set_make(struct profile_sites *ret, const struct profile *p, const struct meaning *x,
	const struct placed *placed, size_t count, const struct set_sum *sum)
{
	double unseen = sum->s > 0 ? fmin(1, fmax(0, 1 - sum->seen_s / sum->s)) : 1;
	struct site_whole whole = {sum->s, sum->count, unseen, false, SITES_MOST};
	struct site_part *parts = calloc(count + 1, sizeof(*parts));
	int error;

	if (!parts)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		parts[i] = part_of(x, placed[i].site);
	error = sites_make(ret, p, parts, count, &whole);
	free(parts);
	return error;
}

static int sets_make(struct profile_sites *ret, const struct profile *p, const struct meaning *x,
	const struct placed *placed, size_t count, const struct set_sum *sums)
{
	int error = 0;

	for (size_t from = 0, to; from < count && !error; from = to) {
		size_t set = placed[from].set;

		for (to = from; to < count && placed[to].set == set; to++)
			;
		error = set_make(&ret[set], p, x, placed + from, to - from, &sums[set]);
	}
	return error;
}

int sites_of_waits(const struct profile *p, const struct meaning *x, const size_t *set_of_wait,
	size_t sets, struct profile_sites *ret)
{
	struct placed *placed = calloc(x->m->sites_count + 1, sizeof(*placed));
	struct set_sum *sums = calloc(sets + 1, sizeof(*sums));
	int error = placed && sums ? 0 : -ENOMEM;

	for (size_t i = 0; i < sets; i++)
		ret[i] = (struct profile_sites){0};
	if (!error) {
		size_t count = placed_gather(placed, x, set_of_wait, sets, sums);

		error = sets_make(ret, p, x, placed, count, sums);
	}
	for (size_t i = 0; i < sets && error; i++)
		sites_clear(&ret[i]);
	free(placed);
	free(sums);
	return error;
}
