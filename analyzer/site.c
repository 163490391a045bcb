/*
 * site: parts in order of their lines, summed up line by line.
 */
#include "site.h"

#include "callsite.h"
#include "fit.h"
#include "margin.h"
#include "profile.h"

#include "probe/measurement.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* What is less than this of the whole is nothing to begin with. */
#define SHARE_LEAST 0.01

static int number_compare(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

struct order {
	const struct profile *p;
	bool by_module;
};

static int part_compare(const void *a, const void *b, void *context)
{
	const struct order *o = context;
	const struct site_part *x = a, *y = b;

	return callsite_compare(o->p, x->stack, y->stack, o->by_module);
}

static int stack_compare(const void *a, const void *b)
{
	return number_compare(
		((const struct site_part *)a)->stack, ((const struct site_part *)b)->stack);
}

static int thread_compare(const void *a, const void *b)
{
	return number_compare(
		((const struct site_part *)a)->thread, ((const struct site_part *)b)->thread);
}

/* Sorts the parts; of those that compare equal, the first one of the run with the largest sum. */
static const struct site_part *heaviest(struct site_part *parts, size_t count,
	int (*compare)(const void *a, const void *b), size_t *ret_runs)
{
	const struct site_part *best = parts;
	double most = -1;

	*ret_runs = 0;
	qsort(parts, count, sizeof(*parts), compare);
	for (size_t from = 0, to; from < count; from = to) {
		double s = 0;

		for (to = from; to < count && compare(&parts[from], &parts[to]) == 0; to++)
			s += parts[to].s;
		if (s > most) {
			most = s;
			best = &parts[from];
		}
		++*ret_runs;
	}
	return best;
}

static struct profile_site site_sum(const struct profile *p, struct site_part *parts, size_t count)
{
	struct profile_site site = {.max_s = NAN};
	double held_s = 0, known_s = 0;
	size_t stacks;

	for (size_t i = 0; i < count; i++) {
		site.count += parts[i].count;
		site.total_s += parts[i].s;
		site.taken += parts[i].taken;
		site.max_s = fmax(site.max_s, parts[i].max_s);
		held_s += parts[i].held_s;
		known_s += parts[i].known_s;
	}
	site.lock_held_share = known_s > 0 ? held_s / known_s : NAN;
	site.stack = heaviest(parts, count, stack_compare, &stacks)->stack;
	site.tid = p->measurement
			   ->threads[heaviest(parts, count, thread_compare, &site.threads)->thread]
			   .tid;
	return site;
}

static int site_compare(const void *a, const void *b)
{
	const struct profile_site *x = a, *y = b;

	return (x->total_s < y->total_s) - (x->total_s > y->total_s);
}

/*
 * By Agresti and Coull (The American Statistician 52, 1998): two of each kind are added, so that a
 * few that agree do not look certain. The seen part of a finite whole has no error.
 * A share of which less than the margin is sure is not known.
 */
static double share_error(double taken, double of, double unseen)
{
	double share = (taken + 2) / (of + 4);

	return sqrt(share * (1 - share) / (of + 4) * unseen);
}

static void sites_scale(
	struct profile_sites *sites, const struct site_whole *whole, const struct site_part *all)
{
	double by_s = isnan(whole->s) || all->s <= 0 ? 1 : whole->s / all->s;
	double by_count = isnan(whole->count) || all->count <= 0 ? NAN : whole->count / all->count;

	for (size_t i = 0; i < sites->count; i++) {
		struct profile_site *site = &sites->sites[i];

		site->share = all->s > 0 ? site->total_s / all->s : NAN;
		if (share_error(site->taken, all->taken, whole->unseen) > MARGIN)
			site->share = NAN;
		site->total_s *= by_s;
		site->count *= by_count;
	}
}

/* The first one stays, however small. */
static void sites_cut(struct profile_sites *sites, const struct site_whole *whole, double s)
{
	while (sites->count > 1 &&
		(sites->count > whole->most ||
			sites->sites[sites->count - 1].total_s < SHARE_LEAST * s))
		sites->count--;
}

int sites_make(struct profile_sites *ret, const struct profile *p, struct site_part *parts,
	size_t count, const struct site_whole *whole)
{
	struct order order = {p, whole->by_module};
	struct profile_sites sites = {calloc(count + 1, sizeof(*sites.sites)), 0};
	struct site_part all = {0};

	if (!sites.sites)
		return -ENOMEM;
	qsort_r(parts, count, sizeof(*parts), part_compare, &order);
	for (size_t from = 0, to; from < count; from = to) {
		size_t frame = callsite_line(p, parts[from].stack);

		for (to = from; to < count && part_compare(&parts[from], &parts[to], &order) == 0;
			to++) {
			all.s += parts[to].s;
			all.count += parts[to].count;
			all.taken += parts[to].taken;
		}
		if (frame == MEASURED_NONE)
			continue;
		sites.sites[sites.count] = site_sum(p, parts + from, to - from);
		sites.sites[sites.count++].module_only =
			whole->by_module && !p->measurement->frames[frame].function;
	}
	qsort(sites.sites, sites.count, sizeof(*sites.sites), site_compare);
	sites_cut(&sites, whole, all.s);
	sites_scale(&sites, whole, &all);
	FIT(sites.sites, sites.count); /* a few lines of thousands of parts */
	*ret = sites;
	return 0;
}

void sites_clear(struct profile_sites *sites)
{
	free(sites->sites);
	*sites = (struct profile_sites){0};
}
