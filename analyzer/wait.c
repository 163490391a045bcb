/*
 * wait: groups the measured waits by state, syscall and object.
 *
 * Where one kind has very many objects (a thousand files read once each), those that matter little
 * by themselves share one row.
 */
#include "wait.h"

#include "fit.h"
#include "meaning.h"
#include "object.h"
#include "overlap.h"
#include "profile.h"
#include "site.h"
#include "text_make.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More objects of one kind than a person reads; beyond it, an object needs this share of its
 * kind's time for a row of its own. */
#define OBJECTS_SHOWN 32
#define OTHERS "others"

struct entry {
	size_t wait; /* index */
	enum state state;
	bool idle;
	const char *syscall, *object; /* may be NULL */
};

/* By all that makes a kind: all but the object. */
static int kind_compare(const struct entry *x, const struct entry *y)
{
	if (x->state != y->state)
		return x->state < y->state ? -1 : 1;
	if (x->idle != y->idle)
		return x->idle ? 1 : -1;
	return text_compare(x->syscall, y->syscall);
}

static int entry_compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int kinds = kind_compare(x, y);

	return kinds ? kinds : text_compare(x->object, y->object);
}

static double entry_s(const struct meaning *x, const struct entry *e)
{
	return (double)x->m->waits[e->wait].total_ns / 1e9;
}

/* Gives the small objects of the kind entries[from..to) one name. */
static void kind_fold(const struct meaning *x, struct entry *entries, size_t from, size_t to)
{
	double all = 0;
	size_t objects = 0;

	for (size_t i = from; i < to; i++) {
		all += entry_s(x, &entries[i]);
		objects += i == from || entry_compare(&entries[i - 1], &entries[i]) != 0;
	}
	if (objects <= OBJECTS_SHOWN)
		return;
	for (size_t i = from, end; i < to; i = end) {
		double own = 0;

		for (end = i; end < to && text_compare(entries[i].object, entries[end].object) == 0;
			end++)
			own += entry_s(x, &entries[end]);
		for (size_t j = i; own < all / OBJECTS_SHOWN && j < end; j++)
			entries[j].object = OTHERS;
	}
}

static void entries_fold(const struct meaning *x, struct entry *entries, size_t count)
{
	qsort(entries, count, sizeof(*entries), entry_compare);
	for (size_t from = 0, to; from < count; from = to) {
		for (to = from; to < count && kind_compare(&entries[from], &entries[to]) == 0; to++)
			;
		kind_fold(x, entries, from, to);
	}
	qsort(entries, count, sizeof(*entries), entry_compare);
}

static int names_make(char **names, const struct meaning *x)
{
	int error = 0;

	for (size_t i = 0; i < x->m->files_count && !error; i++)
		error = object_name(&x->m->files[i], x->endpoints[i], &names[i]);
	return error;
}

static void names_free(char **names, size_t count)
{
	for (size_t i = 0; names && i < count; i++)
		free(names[i]);
	free(names);
}

static void entries_make(struct entry *entries, const struct meaning *x, char *const *names)
{
	for (size_t i = 0; i < x->m->waits_count; i++) {
		const struct measured_wait *w = &x->m->waits[i];
		/* What a sleeper happens to hold on to (a timer, an eventfd) names nothing. */
		bool named = w->file != MEASURED_NONE && x->states[i] != STATE_SLEEP &&
			     x->states[i] != STATE_SYNC;

		entries[i] = (struct entry){
			.wait = i,
			.state = x->states[i],
			.idle = x->purposes[i] != PURPOSE_WORK,
			.syscall = w->syscall,
			.object = named ? names[w->file] : NULL,
		};
	}
}

static int row_add(struct profile_wait *row, const struct meaning *x, const struct entry *entries,
	size_t count)
{
	struct histogram durations = {0};
	uint64_t seen;

	row->state = entries->state;
	row->syscall = entries->syscall;
	row->idle = entries->idle;
	row->object = entries->object ? strdup(entries->object) : NULL;
	for (size_t i = 0; i < count; i++) {
		const struct measured_wait *w = &x->m->waits[entries[i].wait];

		row->count += w->count;
		row->open += w->open;
		row->total_s += (double)w->total_ns / 1e9;
		row->max_s = fmax(row->max_s, (double)w->max_ns / 1e9);
		durations_merge(&durations, &w->durations);
	}
	row->mean_s = row->count ? row->total_s / (double)row->count : NAN;
	row->p50_s = fmin(histogram_quantile_ns(&durations, 0.5) / 1e9, row->max_s);
	row->p99_s = fmin(histogram_quantile_ns(&durations, 0.99) / 1e9, row->max_s);
	seen = histogram_total(&durations);
	/* Those that a backend met by looking now and then are the longer ones. */
	if (seen == 0 || 2 * seen < row->count)
		row->p50_s = row->p99_s = NAN;
	if (seen < row->count && row->max_s * 1e9 < 2 * (double)x->m->look_ns)
		row->max_s = NAN;
	return entries->object && !row->object ? -ENOMEM : 0;
}

static int rows_make(struct profile *p, const struct meaning *x, const struct entry *entries,
	size_t *row_of_wait)
{
	size_t count = x->m->waits_count;
	int error = 0;

	for (size_t from = 0, to; from < count && !error; from = to) {
		for (to = from; to < count && entry_compare(&entries[from], &entries[to]) == 0;
			to++)
			row_of_wait[entries[to].wait] = p->waits_count;
		error = row_add(&p->waits[p->waits_count++], x, entries + from, to - from);
	}
	return error;
}

static int rows_overlap(struct profile *p, const struct meaning *x, const size_t *row_of_wait)
{
	struct overlap *overlaps = calloc(p->waits_count + 1, sizeof(*overlaps));
	int error = overlaps ? overlap_fill(x, row_of_wait, p->waits_count, overlaps) : -ENOMEM;

	for (size_t i = 0; i < p->waits_count && !error; i++) {
		const struct overlap *o = &overlaps[i];

		p->waits[i].threads = o->threads;
		p->waits[i].overlapped = o->total_s > 0 ? o->shared_s / o->total_s : NAN;
	}
	free(overlaps);
	return error;
}

static int rows_place(struct profile *p, const struct meaning *x, const size_t *row_of_wait)
{
	struct profile_sites *sites = calloc(p->waits_count + 1, sizeof(*sites));
	int error = sites ? sites_of_waits(p, x, row_of_wait, p->waits_count, sites) : -ENOMEM;

	for (size_t i = 0; i < p->waits_count && !error; i++)
		p->waits[i].sites = sites[i];
	free(sites);
	return error;
}

static int longer_first(const void *a, const void *b, void *context)
{
	const size_t *x = a, *y = b;
	const struct profile_wait *rows = context;

	if (rows[*x].total_s != rows[*y].total_s)
		return rows[*x].total_s < rows[*y].total_s ? 1 : -1;
	return (*x > *y) - (*x < *y);
}

/* Longest first; what points at rows follows them. */
static int rows_sort(struct profile *p, size_t *row_of_wait, size_t waits)
{
	size_t *order = calloc(p->waits_count + 1, sizeof(*order));
	size_t *place = calloc(p->waits_count + 1, sizeof(*place));
	struct profile_wait *sorted = calloc(p->waits_count + 1, sizeof(*sorted));
	int error = order && place && sorted ? 0 : -ENOMEM;

	for (size_t i = 0; i < p->waits_count && !error; i++)
		order[i] = i;
	if (!error)
		qsort_r(order, p->waits_count, sizeof(*order), longer_first, p->waits);
	for (size_t i = 0; i < p->waits_count && !error; i++) {
		sorted[i] = p->waits[order[i]];
		place[order[i]] = i;
	}
	for (size_t i = 0; i < waits && !error; i++)
		row_of_wait[i] = place[row_of_wait[i]];
	if (!error)
		memcpy(p->waits, sorted, p->waits_count * sizeof(*sorted));
	free(order);
	free(place);
	free(sorted);
	return error;
}

int wait_fill(struct profile *p, const struct meaning *x)
{
	size_t count = x->m->waits_count;
	char **names = calloc(x->m->files_count + 1, sizeof(*names));
	struct entry *entries = calloc(count + 1, sizeof(*entries));
	size_t *row_of_wait = calloc(count + 1, sizeof(*row_of_wait));
	int error = names && entries && row_of_wait ? 0 : -ENOMEM;

	p->row_of_wait = row_of_wait;
	p->waits = calloc(count + 1, sizeof(*p->waits));
	if (!p->waits)
		error = -ENOMEM;
	if (!error)
		error = names_make(names, x);
	if (!error) {
		entries_make(entries, x, names);
		entries_fold(x, entries, count);
		error = rows_make(p, x, entries, row_of_wait);
	}
	if (!error)
		error = rows_overlap(p, x, row_of_wait);
	if (!error)
		error = rows_place(p, x, row_of_wait);
	if (!error)
		error = rows_sort(p, row_of_wait, count);
	if (!error)
		FIT(p->waits, p->waits_count);
	names_free(names, x->m->files_count);
	free(entries);
	return error;
}
