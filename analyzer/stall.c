/*
 * stall: a loop's long stretches without a look for events, by what most of each was, and by line.
 */
#include "stall.h"

#include "callsite.h"
#include "looks.h"
#include "loop.h"
#include "meaning.h"
#include "object.h"
#include "profile.h"
#include "round.h"
#include "stretch.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whose stalls, and how they can be told. */
struct judging {
	const struct meaning *x;
	size_t thread;
	bool counted; /* its rounds can be counted: nearly all of them end in a wait */
	struct looks looks;
};

static const char *const kinds[STALL_KIND_COUNT] = {
	[STALL_BLOCKING] = "blocking",
	[STALL_COMPUTING] = "computing",
	[STALL_CROWDED] = "run-queue",
};

const char *stall_kind_name(enum stall_kind k)
{
	return kinds[k];
}

static enum stall_kind stall_kind_of(const struct measured_stall *s)
{
	uint64_t own_ns = s->length_ns > s->run_queue_ns ? s->length_ns - s->run_queue_ns : 0;

	if ((double)own_ns < STALL_S * 1e9)
		return STALL_CROWDED;
	return 2 * s->waits_ns >= own_ns ? STALL_BLOCKING : STALL_COMPUTING;
}

/* Where no sample met a look, nothing is known of them. One long wait was in one round. */
static bool could_have_looked(const struct judging *j, const struct measured_stall *s)
{
	int64_t end_ns = s->start_ns + (int64_t)s->length_ns;

	if (j->counted || (double)s->wait_ns >= STALL_S * 1e9 ||
		stretch_is_watched(j->x->m, j->thread, s->start_ns, end_ns))
		return false;
	return !(j->looks.met > 0) || looks_could_be_missed(&j->looks, s->samples);
}

/* Where it is known to have looked in the midst of a stretch, it may have more often. */
static bool is_stall(const struct judging *j, const struct measured_stall *s)
{
	return s->thread == j->thread && stretch_is_one_round(s->length_ns, s->stretch_ns) &&
	       !could_have_looked(j, s) && (double)s->length_ns >= STALL_S * 1e9;
}

/* Being stopped is nothing that it does. */
static bool is_pause(const struct judging *j, const struct measured_stall *s)
{
	return stall_kind_of(s) == STALL_BLOCKING && s->wait != MEASURED_NONE &&
	       !loop_is_blocked_by(j->x, s->wait);
}

static int row_make(
	struct profile_stall *row, const struct meaning *x, const struct measured_stall *s)
{
	const struct measured_wait *w = s->wait == MEASURED_NONE ? NULL : &x->m->waits[s->wait];
	double length_s = (double)s->length_ns / 1e9;

	*row = (struct profile_stall){.kind = stall_kind_of(s),
		.stack = MEASURED_NONE,
		.state = STATE_OTHER,
		.wait_max_s = NAN,
		.count = 1,
		.total_s = length_s,
		.max_s = length_s,
		.run_queue_s = (double)s->run_queue_ns / 1e9};
	if (row->kind == STALL_COMPUTING)
		row->stack = s->stack;
	if (row->kind != STALL_BLOCKING)
		return 0;
	row->stack = s->wait_stack;
	if (!w)
		return 0;
	row->wait_max_s = (double)s->wait_ns / 1e9;
	row->state = x->states[s->wait];
	row->syscall = w->syscall;
	if (w->file == MEASURED_NONE)
		return 0;
	return object_name(&x->m->files[w->file], x->endpoints[w->file], &row->object);
}

static bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same(
	const struct profile *p, const struct profile_stall *a, const struct profile_stall *b)
{
	return a->kind == b->kind && a->state == b->state && text_equal(a->syscall, b->syscall) &&
	       text_equal(a->object, b->object) &&
	       callsite_compare(p, a->stack, b->stack, false) == 0;
}

static void row_add(
	struct profile_loop *l, const struct profile *p, const struct profile_stall *row)
{
	for (size_t i = 0; i < l->stalls_count; i++) {
		struct profile_stall *to = &l->stalls[i];

		if (!is_same(p, to, row))
			continue;
		to->count++;
		to->total_s += row->total_s;
		to->run_queue_s += row->run_queue_s;
		to->max_s = fmax(to->max_s, row->max_s);
		to->wait_max_s = fmax(to->wait_max_s, row->wait_max_s);
		free(row->object);
		return;
	}
	l->stalls[l->stalls_count++] = *row;
}

static int row_compare(const void *a, const void *b)
{
	const struct profile_stall *x = a, *y = b;

	return (x->total_s < y->total_s) - (x->total_s > y->total_s);
}

static struct profile_stall_time time_of(const struct measured_stall *s)
{
	return (struct profile_stall_time){
		.kind = stall_kind_of(s),
		.start_s = (double)s->start_ns / 1e9,
		.end_s = ((double)s->start_ns + (double)s->length_ns) / 1e9,
	};
}

static int time_compare(const void *a, const void *b)
{
	const struct profile_stall_time *x = a, *y = b;

	return (x->start_s > y->start_s) - (x->start_s < y->start_s);
}

int stall_fill(struct profile_loop *l, const struct profile *p, const struct meaning *x)
{
	struct judging j = {x, l->thread, l->iterations >= 0, looks_of_samples(x, l->thread)};
	int64_t own = 0, others = 0;
	int error = 0;

	l->stalls = calloc(x->m->stalls_count + 1, sizeof(*l->stalls));
	l->stall_times = calloc(x->m->stalls_count + 1, sizeof(*l->stall_times));
	if (!l->stalls || !l->stall_times)
		return -ENOMEM;
	for (size_t i = 0; i < x->m->stalls_count && !error; i++) {
		const struct measured_stall *s = &x->m->stalls[i];
		bool pause = is_pause(&j, s);
		struct profile_stall row;

		if (!is_stall(&j, s))
			continue;
		*(pause || stall_kind_of(s) == STALL_CROWDED ? &others : &own) += 1;
		error = pause ? 0 : row_make(&row, x, s);
		if (error || pause)
			continue;
		row_add(l, p, &row);
		l->stall_times[l->stall_times_count++] = time_of(s);
	}
	qsort(l->stall_times, l->stall_times_count, sizeof(*l->stall_times), time_compare);
	qsort(l->stalls, l->stalls_count, sizeof(*l->stalls), row_compare);
	if (l->stalls_seen >= 0)
		l->stalls_seen = l->stalls_seen - others > own ? l->stalls_seen - others : own;
	return error;
}
