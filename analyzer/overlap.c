/*
 * overlap: sweeps over the long waits of each set, and adds the short ones by probability.
 */
#include "overlap.h"

#include "meaning.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* A probability below this changes no figure of a report. */
#define NEGLIGIBLE 1e-4

/* A long wait begins (+1) or ends (-1). */
struct edge {
	size_t set;
	int64_t at_ns;
	int step;
};

/* What one thread waited in one set. */
struct part {
	size_t set, thread;
	double total_s, long_s;
};

static int edge_compare(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->set != y->set)
		return x->set < y->set ? -1 : 1;
	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->step - y->step; /* an end first: waits that follow each other do not meet */
}

static int part_compare(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->set != y->set)
		return x->set < y->set ? -1 : 1;
	return (x->thread > y->thread) - (x->thread < y->thread);
}

static size_t edges_gather(
	struct edge *edges, const struct meaning *x, const size_t *set_of_wait, size_t sets)
{
	size_t count = 0;

	for (size_t i = 0; i < x->m->segments_count; i++) {
		const struct measured_segment *s = &x->m->segments[i];
		size_t set = set_of_wait[s->wait];

		if (set >= sets)
			continue;
		edges[count++] = (struct edge){set, s->start_ns, 1};
		edges[count++] = (struct edge){set, s->start_ns + (int64_t)s->wait_ns, -1};
	}
	qsort(edges, count, sizeof(*edges), edge_compare);
	return count;
}

static void edges_sweep(const struct edge *edges, size_t count, struct overlap *sets)
{
	int under_way = 0;

	for (size_t i = 0; i < count; i++) {
		struct overlap *o = &sets[edges[i].set];

		if (under_way > 0) { /* so the edge before this one is of the same set */
			double s = (double)(edges[i].at_ns - edges[i - 1].at_ns) / 1e9;

			o->any_s += s;
			o->shared_s += under_way > 1 ? under_way * s : 0;
		}
		under_way += edges[i].step;
		o->peak = fmax(o->peak, under_way);
	}
}

static size_t parts_merge(struct part *parts, size_t count)
{
	size_t merged = 0;

	qsort(parts, count, sizeof(*parts), part_compare);
	for (size_t i = 0; i < count; i++) {
		if (merged > 0 && part_compare(&parts[merged - 1], &parts[i]) == 0) {
			parts[merged - 1].total_s += parts[i].total_s;
			parts[merged - 1].long_s += parts[i].long_s;
		} else {
			parts[merged++] = parts[i];
		}
	}
	return merged;
}

static size_t parts_gather(
	struct part *parts, const struct meaning *x, const size_t *set_of_wait, size_t sets)
{
	const struct measurement *m = x->m;
	size_t count = 0;

	for (size_t i = 0; i < m->waits_count; i++)
		if (set_of_wait[i] < sets)
			parts[count++] = (struct part){set_of_wait[i], m->waits[i].thread,
				(double)m->waits[i].total_ns / 1e9, 0};
	for (size_t i = 0; i < m->segments_count; i++) {
		size_t wait = m->segments[i].wait;

		if (set_of_wait[wait] < sets)
			parts[count++] = (struct part){set_of_wait[wait], m->waits[wait].thread, 0,
				(double)m->segments[i].wait_ns / 1e9};
	}
	return parts_merge(parts, count);
}

/* The probability that a thread is in a short wait of the set, at an instant of its life. */
static double part_short_share(const struct meaning *x, const struct part *p)
{
	double life_s = meaning_thread_life_s(x, p->thread);

	return life_s > 0 ? fmin(1, fmax(0, p->total_s - p->long_s) / life_s) : 0;
}

/* Both had their rows in turn with others of the same parent, which had one child at a time. */
static bool threads_take_turns(const struct meaning *x, size_t thread, size_t other)
{
	size_t a = x->m->threads[thread].process, b = x->m->threads[other].process;

	return a != b && x->m->processes[a].earlier > 0 && x->m->processes[b].earlier > 0 &&
	       x->family.parent[a] == x->family.parent[b] && x->family.parent[a] != MEASURED_NONE &&
	       x->family.abreast[x->family.parent[a]] <= 1;
}

/* Of one thread's life, the share in which another one was there too. */
static double lives_shared(const struct meaning *x, size_t thread, size_t other)
{
	const struct measured_thread *a = &x->m->threads[thread], *b = &x->m->threads[other];
	int64_t wall = (int64_t)x->m->wall_ns;
	int64_t start = a->start_ns > b->start_ns ? a->start_ns : b->start_ns;
	int64_t end = a->end_ns < b->end_ns ? a->end_ns : b->end_ns;
	double span_s = meaning_thread_span_s(x, thread);
	double there = meaning_thread_life_s(x, other) / meaning_thread_span_s(x, other);

	if (end > wall)
		end = wall;
	if (!(end > start) || !(span_s > 0) || threads_take_turns(x, thread, other))
		return 0;
	return (double)(end - start) / 1e9 / span_s * there;
}

/* The probability that at least one of the other threads is in a wait of the set. */
static double others_waiting(const struct meaning *x, const struct part *parts, size_t count,
	size_t self, bool short_ones_only)
{
	double none = 1;

	for (size_t i = 0; i < count && none > NEGLIGIBLE; i++) {
		double life_s = meaning_thread_life_s(x, parts[i].thread);
		double all = life_s > 0 ? fmin(1, parts[i].total_s / life_s) : 0;

		if (i != self)
			none *= 1 -
				lives_shared(x, parts[self].thread, parts[i].thread) *
					(short_ones_only ? part_short_share(x, &parts[i]) : all);
	}
	return 1 - none;
}

/* Adds the short waits of a set, thread by thread. */
static void parts_add(
	struct overlap *o, const struct meaning *x, const struct part *parts, size_t count)
{
	double wall_s = (double)x->m->wall_ns / 1e9, none = 1, long_shared_s = o->shared_s;
	double long_s = 0;

	for (size_t i = 0; i < count; i++) {
		o->total_s += parts[i].total_s;
		long_s += parts[i].long_s;
		none *= 1 - part_short_share(x, &parts[i]) *
				    meaning_thread_life_s(x, parts[i].thread) / fmax(wall_s, 1e-9);
	}
	for (size_t i = 0; i < count && count > 1; i++) {
		double short_s = fmax(0, parts[i].total_s - parts[i].long_s);
		double alone_s = parts[i].long_s;

		/* Of a long wait, the part that met no other long one may have met short ones. */
		if (long_s > 0)
			alone_s *= fmax(0, 1 - long_shared_s / long_s);
		if (short_s > NEGLIGIBLE * o->total_s)
			o->shared_s += short_s * others_waiting(x, parts, count, i, false);
		if (alone_s > NEGLIGIBLE * o->total_s)
			o->shared_s += alone_s * others_waiting(x, parts, count, i, true);
	}
	o->any_s += fmax(0, wall_s - o->any_s) * (1 - none);
	o->any_s = fmin(o->any_s, fmin(wall_s, o->total_s));
	o->shared_s = fmin(o->shared_s, o->total_s);
	o->threads = count;
}

static void parts_sum(
	struct overlap *sets, const struct meaning *x, const struct part *parts, size_t count)
{
	for (size_t from = 0, to; from < count; from = to) {
		for (to = from + 1; to < count && parts[to].set == parts[from].set; to++)
			;
		parts_add(&sets[parts[from].set], x, parts + from, to - from);
	}
}

int overlap_fill(
	const struct meaning *x, const size_t *set_of_wait, size_t sets, struct overlap *ret_sets)
{
	const struct measurement *m = x->m;
	struct edge *edges = calloc(2 * m->segments_count + 1, sizeof(*edges));
	struct part *parts = calloc(m->waits_count + m->segments_count + 1, sizeof(*parts));
	int error = edges && parts ? 0 : -ENOMEM;

	for (size_t i = 0; i < sets; i++)
		ret_sets[i] = (struct overlap){0};
	if (!error) {
		edges_sweep(edges, edges_gather(edges, x, set_of_wait, sets), ret_sets);
		parts_sum(ret_sets, x, parts, parts_gather(parts, x, set_of_wait, sets));
	}
	free(edges);
	free(parts);
	return error;
}
