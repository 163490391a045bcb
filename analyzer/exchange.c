/*
 * exchange: groups what was seen on sockets, and compares it with what loops waited.
 */
#include "exchange.h"

#include "margin.h"
#include "meaning.h"
#include "profile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct span {
	int64_t start_ns, end_ns;
};

static const struct measured_exchange *exchange_at(const struct measurement *m, size_t row)
{
	return &m->exchanges[row];
}

static int row_compare(const void *a, const void *b, void *measurement)
{
	const struct measured_exchange *x = exchange_at(measurement, *(const size_t *)a);
	const struct measured_exchange *y = exchange_at(measurement, *(const size_t *)b);

	if (x->socket != y->socket)
		return x->socket < y->socket ? -1 : 1;
	return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

static int span_compare(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

static int end_compare(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->end_ns > y->end_ns) - (x->end_ns < y->end_ns);
}

/* They were seen from the first to the last. */
static bool were_watched(const struct measurement *m)
{
	return m->exchanges_end_ns >= (int64_t)m->wall_ns && m->exchanges_end_ns > 0 &&
	       m->exchanges_missed == 0;
}

static size_t rows_take(struct exchanges *e, const struct meaning *x)
{
	size_t count = 0;

	for (size_t i = 0; i < x->m->exchanges_count; i++)
		if (x->loops[x->m->exchanges[i].thread])
			e->rows[count++] = i;
	qsort_r(e->rows, count, sizeof(*e->rows), row_compare, (void *)x->m);
	return count;
}

/* The next exchange of the same connection goes on with the one before. */
static bool goes_on(const struct measured_exchange *before, const struct measured_exchange *next)
{
	return before->socket == next->socket && (next->goes_on || before->connects);
}

/* Several were asked for, and more than one answer came. Where only one did, it was asked twice for
 * want of an answer, as resolvers do. */
static bool are_mixed(const struct measured_exchange *before, const struct measured_exchange *next)
{
	return before->socket == next->socket && before->mixed && next->goes_on;
}

static void chain_extend(struct chain *c, const struct measured_exchange *by)
{
	c->count++;
	c->ready_s = (double)(by->start_ns + (int64_t)by->wait_ns) / 1e9;
	c->end_s = (double)(by->start_ns + (int64_t)by->taken_ns) / 1e9;
}

static void chains_make(struct exchanges *e, const struct measurement *m, size_t rows)
{
	for (size_t i = 0; i < rows; i++) {
		const struct measured_exchange *now = exchange_at(m, e->rows[i]);
		const struct measured_exchange *before =
			i > 0 ? exchange_at(m, e->rows[i - 1]) : NULL;

		if (!before || !goes_on(before, now))
			e->chains[e->chains_count++] =
				(struct chain){.first = i, .start_s = (double)now->start_ns / 1e9};
		chain_extend(&e->chains[e->chains_count - 1], now);
		e->wait_s += (double)now->wait_ns / 1e9;
		if (before && are_mixed(before, now))
			e->mixed_s += (double)(before->wait_ns + now->wait_ns) / 1e9;
	}
}

/* Most at once: each that begins adds one, those that were received before are gone. */
static void most_find(struct exchanges *e, struct span *starts, struct span *ends)
{
	size_t ended = 0;

	for (size_t i = 0; i < e->chains_count; i++)
		starts[i] = ends[i] = (struct span){
			(int64_t)(e->chains[i].start_s * 1e9), (int64_t)(e->chains[i].end_s * 1e9)};
	qsort(starts, e->chains_count, sizeof(*starts), span_compare);
	qsort(ends, e->chains_count, sizeof(*ends), end_compare);
	for (size_t i = 0; i < e->chains_count; i++) {
		while (ended < i && ends[ended].end_ns <= starts[i].start_ns)
			ended++;
		e->most = i + 1 - ended > e->most ? i + 1 - ended : e->most;
	}
	e->begin_s = e->chains_count ? (double)starts[0].start_ns / 1e9 : 0;
	e->end_s = e->chains_count ? (double)ends[e->chains_count - 1].end_ns / 1e9 : 0;
}

/* Joins those that meet; puts them in order. Returns how many are left. */
static size_t spans_join(struct span *spans, size_t count)
{
	size_t kept = 0;

	qsort(spans, count, sizeof(*spans), span_compare);
	for (size_t i = 0; i < count; i++) {
		if (kept && spans[i].start_ns <= spans[kept - 1].end_ns) {
			if (spans[i].end_ns > spans[kept - 1].end_ns)
				spans[kept - 1].end_ns = spans[i].end_ns;
		} else {
			spans[kept++] = spans[i];
		}
	}
	return kept;
}

/* When something was awaited. */
static size_t spans_of_chains(struct span *spans, const struct exchanges *e)
{
	for (size_t i = 0; i < e->chains_count; i++)
		spans[i] = (struct span){(int64_t)(e->chains[i].start_s * 1e9),
			(int64_t)(e->chains[i].ready_s * 1e9)};
	return spans_join(spans, e->chains_count);
}

static double covered_s(const struct span *spans, size_t count, struct span of)
{
	double sum = 0;
	size_t low = 0, high = count;

	while (low < high) { /* the first that ends later than it begins */
		size_t middle = low + (high - low) / 2;

		*(spans[middle].end_ns <= of.start_ns ? &low : &high) =
			spans[middle].end_ns <= of.start_ns ? middle + 1 : middle;
	}
	for (size_t i = low; i < count && spans[i].start_ns < of.end_ns; i++)
		sum += fmin((double)spans[i].end_ns, (double)of.end_ns) -
		       fmax((double)spans[i].start_ns, (double)of.start_ns);
	return sum / 1e9;
}

/* How long loops waited, that were waits for work, and of that, with nothing under way. */
static double uncovered_s(
	const struct meaning *x, const struct span *spans, size_t count, double *ret_waited_s)
{
	double sum = 0;

	*ret_waited_s = 0;
	for (size_t i = 0; i < x->m->segments_count; i++) {
		const struct measured_segment *s = &x->m->segments[i];
		struct span wait = {s->start_ns, s->start_ns + (int64_t)s->wait_ns};

		if (x->states[s->wait] != STATE_POLL || x->purposes[s->wait] != PURPOSE_WORK ||
			!x->loops[x->m->waits[s->wait].thread])
			continue;
		*ret_waited_s += (double)s->wait_ns / 1e9;
		sum += (double)s->wait_ns / 1e9 - covered_s(spans, count, wait);
	}
	return sum;
}

static void chains_forget(struct exchanges *e)
{
	exchanges_clear(e);
	*e = (struct exchanges){0};
}

int exchanges_find(struct exchanges *ret, const struct meaning *x)
{
	size_t room = x->m->exchanges_count + 1;
	struct span *spans = calloc(2 * room, sizeof(*spans));
	double waited_s, bare_s, wall_s = (double)x->m->wall_ns / 1e9;

	*ret = (struct exchanges){0};
	ret->rows = calloc(room, sizeof(*ret->rows));
	ret->chains = calloc(room, sizeof(*ret->chains));
	if (!spans || !ret->rows || !ret->chains) {
		free(spans);
		return -ENOMEM;
	}
	chains_make(ret, x->m, rows_take(ret, x));
	most_find(ret, spans, spans + room);
	bare_s = uncovered_s(x, spans, spans_of_chains(spans, ret), &waited_s);
	free(spans);
	if (!were_watched(x->m) || bare_s > MARGIN * waited_s || ret->wait_s < MARGIN * wall_s ||
		ret->mixed_s > MARGIN * ret->wait_s)
		chains_forget(ret);
	return 0;
}

void exchanges_clear(struct exchanges *e)
{
	free(e->rows);
	free(e->chains);
	e->rows = NULL;
	e->chains = NULL;
}

/* How many exchanges a thread awaited at once, on average over the time in which there were any;
 * NAN: there were none. spans: room for as many as there are exchanges. */
static double thread_at_once(const struct meaning *x, size_t thread, struct span *spans)
{
	double sum_ns = 0, joined_ns = 0;
	size_t count = 0;

	for (size_t i = 0; i < x->m->exchanges_count; i++) {
		const struct measured_exchange *e = exchange_at(x->m, i);

		if (e->thread != thread)
			continue;
		spans[count++] = (struct span){e->start_ns, e->start_ns + (int64_t)e->wait_ns};
		sum_ns += (double)e->wait_ns;
	}
	count = spans_join(spans, count);
	for (size_t i = 0; i < count; i++)
		joined_ns += (double)(spans[i].end_ns - spans[i].start_ns);
	return joined_ns > 0 ? sum_ns / joined_ns : NAN;
}

int exchanges_at_once(const struct meaning *x, double *ret)
{
	const struct measurement *m = x->m;
	struct span *spans = calloc(m->exchanges_count + 1, sizeof(*spans));

	if (!spans)
		return -ENOMEM;
	for (size_t i = 0; i < m->processes_count; i++)
		ret[i] = NAN;
	for (size_t i = 0; i < m->threads_count && were_watched(m) && m->exchanges_count > 0; i++)
		if (x->loops[i])
			ret[m->threads[i].process] =
				fmax(ret[m->threads[i].process], thread_at_once(x, i, spans));
	free(spans);
	return 0;
}

int exchanges_fill(struct profile_work *w, const struct meaning *x)
{
	struct exchanges e;
	int error = exchanges_find(&e, x);

	if (!error) {
		w->exchanges = e.chains_count;
		w->exchanges_s = e.wait_s;
		w->exchanges_most = e.most;
	}
	exchanges_clear(&e);
	return error;
}

void exchanges_settle(struct profile_work *w)
{
	if (w->model != MODEL_EVENT_LOOP || w->service) {
		w->exchanges = w->exchanges_most = 0;
		w->exchanges_s = 0;
	}
	if (w->exchanges == 0)
		return;
	w->width = w->exchanges_most;
	w->operations = w->exchanges > w->operations ? w->exchanges : w->operations;
}
