/*
 * carrier: how many threads and processes share the work at once.
 *
 * At each instant those alive are weighted with how busy they were in their lives. The effective
 * number of n weights is (sum)^2 / (sum of squares): n for equal ones, 1 if one has it all
 * (Simpson's index, turned over). Its mean, weighted with the busy time, is the answer: threads
 * that come one after the other count as one.
 *
 * Where several had a row in turn, when who was there is not known. Of all such siblings together
 * it is how many of them were there at once on average: so many equal ones stand for them.
 */
#include "carrier.h"

#include "lead.h"
#include "margin.h"
#include "meaning.h"
#include "notable.h"
#include "profile.h"
#include "server.h"
#include "thread.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct edge {
	int64_t at_ns;
	size_t who; /* a thread or, beyond those, the parent of a band */
	int step;
};

/* The threads of one process's children that had rows in turn. */
struct band {
	int64_t start_ns, end_ns;
	double carried_s;
	double threads_s, processes_s;                 /* lived, all together, */
	double notable_threads_s, notable_processes_s; /* and those that carry a notable part */
};

struct sweep {
	double *processes; /* density of each one's living threads */
	size_t *notable;   /* each one's living threads that carry a notable part */
	double sum, threads_squares, processes_squares;
	size_t threads_now, processes_now;
	double busy_s, threads_s, processes_s; /* integrals over time */
};

static int edge_compare(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->step - y->step;
}

static void sweep_change(struct sweep *s, size_t process, double density, int step)
{
	double before = s->processes[process], after = fmax(0, before + step * density);

	s->processes[process] = after;
	s->processes_squares = fmax(0, s->processes_squares + after * after - before * before);
	s->threads_squares = fmax(0, s->threads_squares + step * density * density);
	s->sum = fmax(0, s->sum + step * density);
}

static void sweep_count(struct sweep *s, size_t process, int step)
{
	size_t before = s->notable[process];

	s->notable[process] += (size_t)step;
	s->threads_now += (size_t)step;
	if (before == 0)
		s->processes_now++;
	else if (s->notable[process] == 0)
		s->processes_now--;
}

/* By the parent. MEASURED_NONE: the thread is in none. */
static size_t band_of(const struct meaning *x, size_t thread)
{
	size_t process = x->m->threads[thread].process;

	return x->m->processes[process].earlier > 0 ? x->family.parent[process] : MEASURED_NONE;
}

static void band_add(
	struct band *b, const struct meaning *x, size_t thread, double carried_s, bool notable)
{
	const struct measured_thread *t = &x->m->threads[thread];
	int64_t wall = (int64_t)x->m->wall_ns, end = t->end_ns < wall ? t->end_ns : wall;
	double life_s = meaning_thread_life_s(x, thread);
	bool first = b->end_ns == 0, main = meaning_is_main(x, thread);

	b->start_ns = first || t->start_ns < b->start_ns ? t->start_ns : b->start_ns;
	b->end_ns = end > b->end_ns ? end : b->end_ns;
	b->carried_s += carried_s;
	b->threads_s += life_s;
	b->processes_s += main ? life_s : 0;
	b->notable_threads_s += notable ? life_s : 0;
	b->notable_processes_s += notable && main ? life_s : 0;
}

static double band_span_s(const struct band *b)
{
	return (double)(b->end_ns - b->start_ns) / 1e9;
}

/* How many were there at once, on average. */
static double abreast(double lived_s, double span_s)
{
	return fmax(1, lived_s / span_s);
}

static void sweep_band(struct sweep *s, const struct band *b, int step)
{
	double span_s = band_span_s(b);
	double density = b->carried_s / span_s, square = density * density;

	s->sum = fmax(0, s->sum + step * density);
	s->threads_squares =
		fmax(0, s->threads_squares + step * square / abreast(b->threads_s, span_s));
	s->processes_squares =
		fmax(0, s->processes_squares + step * square / abreast(b->processes_s, span_s));
	if (b->notable_threads_s > 0)
		s->threads_now += (size_t)(step * lround(abreast(b->notable_threads_s, span_s)));
	if (b->notable_processes_s > 0)
		s->processes_now +=
			(size_t)(step * lround(abreast(b->notable_processes_s, span_s)));
}

static void sweep_advance(struct sweep *s, double seconds)
{
	double busy_s = s->sum * seconds;

	if (busy_s <= 0 || s->threads_squares <= 0 || s->processes_squares <= 0)
		return;
	s->busy_s += busy_s;
	s->threads_s += busy_s * s->sum * s->sum / s->threads_squares;
	s->processes_s += busy_s * s->sum * s->sum / s->processes_squares;
}

static size_t edges_gather(struct edge *edges, const struct band *bands, const struct meaning *x)
{
	size_t count = 0;

	for (size_t i = 0; i < x->m->threads_count; i++) {
		const struct measured_thread *t = &x->m->threads[i];
		int64_t wall = (int64_t)x->m->wall_ns;
		int64_t end = t->end_ns < wall ? t->end_ns : wall;

		if (end <= t->start_ns || band_of(x, i) != MEASURED_NONE)
			continue;
		edges[count++] = (struct edge){t->start_ns, i, 1};
		edges[count++] = (struct edge){end, i, -1};
	}
	for (size_t i = 0; i < x->m->processes_count; i++) {
		if (!(band_span_s(&bands[i]) > 0))
			continue;
		edges[count++] = (struct edge){bands[i].start_ns, x->m->threads_count + i, 1};
		edges[count++] = (struct edge){bands[i].end_ns, x->m->threads_count + i, -1};
	}
	qsort(edges, count, sizeof(*edges), edge_compare);
	return count;
}

/* What each thread carries. NULL when out of memory. */
static double *carried_find(const struct profile *p, const struct meaning *x, const double *busy_s)
{
	double *carried_s = calloc(p->threads_count + 1, sizeof(*carried_s));
	bool *leads = carried_s ? leads_processes(p, x, busy_s) : NULL;

	for (size_t i = 0; leads && i < p->threads_count; i++)
		carried_s[i] = leads[i] || server_is_own(x, i) || x->helpers[i]
				       ? 0
				       : thread_carried_s(&p->threads[i]);
	if (!leads) {
		free(carried_s);
		carried_s = NULL;
	}
	free(leads);
	return carried_s;
}

/* What it does besides is getting the others to work. */
static bool thread_coordinates(const struct profile *p, size_t thread)
{
	return p->threads[thread].role == ROLE_COORDINATOR;
}

static struct band *bands_make(const struct profile *p, const struct meaning *x,
	const double *carried_s, const bool *notable)
{
	struct band *bands = calloc(x->m->processes_count + 1, sizeof(*bands));

	for (size_t i = 0; bands && i < x->m->threads_count; i++)
		if (band_of(x, i) != MEASURED_NONE)
			band_add(&bands[band_of(x, i)], x, i, carried_s[i],
				!thread_coordinates(p, i) && notable[i]);
	return bands;
}

static void sweep_thread(struct sweep *s, const struct profile *p, const struct meaning *x,
	const struct edge *e, double carried_s, bool notable)
{
	size_t process = x->m->threads[e->who].process;

	sweep_change(s, process, carried_s / meaning_thread_span_s(x, e->who), e->step);
	if (notable && !thread_coordinates(p, e->who))
		sweep_count(s, process, e->step);
}

static void peaks_note(struct carriers *ret, const struct sweep *s)
{
	if (s->threads_now > ret->threads_peak)
		ret->threads_peak = s->threads_now;
	if (s->processes_now > ret->processes_peak)
		ret->processes_peak = s->processes_now;
}

static int carriers_sweep(const struct profile *p, const struct meaning *x, struct sweep *s,
	struct edge *edges, const double *carried_s, struct carriers *ret)
{
	double notable_s = notable_least_s(x, carried_s);
	bool *notable = notable_find(x, carried_s, notable_s);
	struct band *bands = notable ? bands_make(p, x, carried_s, notable) : NULL;
	bool *leads = leads_threads(p, x, carried_s, notable_s);
	bool is_room = bands != NULL && leads != NULL;
	size_t threads = x->m->threads_count;
	size_t count = is_room ? edges_gather(edges, bands, x) : 0;

	for (size_t i = 0; i < count; i++) {
		const struct edge *e = &edges[i];

		if (i > 0)
			sweep_advance(s, (double)(e->at_ns - edges[i - 1].at_ns) / 1e9);
		if (e->who >= threads)
			sweep_band(s, &bands[e->who - threads], e->step);
		else
			sweep_thread(
				s, p, x, e, carried_s[e->who], notable[e->who] && !leads[e->who]);
		peaks_note(ret, s);
	}
	for (size_t i = 0; is_room && i < threads; i++)
		if (x->m->threads[i].started && notable[i])
			ret->started += (size_t)meaning_threads(x, i);
	ret->threads = s->busy_s > 0 ? s->threads_s / s->busy_s : 1;
	ret->processes = s->busy_s > 0 ? s->processes_s / s->busy_s : 1;
	free(bands);
	free(leads);
	free(notable);
	return is_room ? 0 : -ENOMEM;
}

static void children_find(const double *busy_s, const struct meaning *x, struct carriers *ret)
{
	double most = 0;

	for (size_t i = 0; i < x->m->processes_count; i++)
		most = fmax(most, meaning_process_each_s(x, busy_s, i));
	for (size_t i = 0; i < x->m->processes_count; i++) {
		double each_s = meaning_process_each_s(x, busy_s, i);

		if (x->family.parent[i] == MEASURED_NONE || !x->m->processes[i].started ||
			each_s < MARGIN * most || most <= 0)
			continue;
		ret->children += (size_t)meaning_processes(x, i);
		ret->child_longest_s = fmax(ret->child_longest_s, each_s);
	}
}

int carrier_find(const struct profile *p, const struct meaning *x, struct carriers *ret)
{
	struct edge *edges =
		calloc(2 * (x->m->threads_count + x->m->processes_count) + 1, sizeof(*edges));
	double *busy_s = thread_processes_busy_s(p);
	double *carried_s = busy_s ? carried_find(p, x, busy_s) : NULL;
	struct sweep s = {
		.processes = calloc(x->m->processes_count + 1, sizeof(double)),
		.notable = calloc(x->m->processes_count + 1, sizeof(size_t)),
	};
	int error = edges && carried_s && s.processes && s.notable ? 0 : -ENOMEM;

	*ret = (struct carriers){0};
	if (!error)
		error = carriers_sweep(p, x, &s, edges, carried_s, ret);
	if (!error)
		children_find(busy_s, x, ret);
	free(edges);
	free(busy_s);
	free(carried_s);
	free(s.processes);
	free(s.notable);
	return error;
}
