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

/* They were seen from the first to the last. No measurement has more of them than that. */
static bool were_watched(const struct measurement *m)
{
	return m->exchanges_end_ns >= (int64_t)m->wall_ns && m->exchanges_end_ns > 0 &&
	       m->exchanges_missed == 0 && m->exchanges_count <= MEASURED_EXCHANGES_MAX;
}

static bool schedules(const struct meaning *x, size_t thread)
{
	return meaning_schedules(x, x->m->threads[thread].process);
}

/* A loop; Go's scheduler is one for its goroutines, Erlang's for its processes. */
static bool asks(const struct meaning *x, size_t thread)
{
	return x->loops[thread] || schedules(x, thread);
}

/* Of a loop that asks, not of one that is asked. */
static bool is_asked_for(const struct meaning *x, const struct measured_exchange *e)
{
	return asks(x, e->thread) && !x->serving[x->m->threads[e->thread].process];
}

static size_t rows_take(struct exchanges *e, const struct meaning *x)
{
	size_t count = 0;

	for (size_t i = 0; i < x->m->exchanges_count; i++)
		if (is_asked_for(x, exchange_at(x->m, i)))
			e->rows[count++] = i;
	qsort_r(e->rows, count, sizeof(*e->rows), row_compare, (void *)x->m);
	return count;
}

bool exchange_goes_on(const struct measured_exchange *before, const struct measured_exchange *next)
{
	return before->socket == next->socket && (next->goes_on || before->connects);
}

/* Several were asked for, and more than one answer came. Where only one did, it was asked twice for
 * want of an answer, as resolvers do. */
static bool are_mixed(const struct measured_exchange *before, const struct measured_exchange *next)
{
	return before->socket == next->socket && before->mixed && (next->goes_on || next->mixed);
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

		if (!before || !exchange_goes_on(before, now))
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

/* When a thread awaited something: spans that do not meet, in order, and how long they are up to
 * the end of each. Filled for one thread after the other, in their order. */
struct cover {
	size_t *askers;     /* of each thread, who asks for it */
	size_t *rows, next; /* of all exchanges, by thread; the first that is not used up */
	struct span *spans;
	double *sums_ns;
	size_t count;
};

struct asked {
	const struct measurement *m;
	const size_t *askers;
};

static int asker_compare(const void *a, const void *b, void *context)
{
	const struct asked *asked = context;
	size_t x = asked->askers[exchange_at(asked->m, *(const size_t *)a)->thread];
	size_t y = asked->askers[exchange_at(asked->m, *(const size_t *)b)->thread];

	return (x > y) - (x < y);
}

/* Go's scheduler receives in whichever thread is free: there the first one of the process stands
 * for all. */
static int askers_find(size_t *askers, const struct meaning *x)
{
	const struct measurement *m = x->m;
	size_t *first = calloc(m->processes_count + 1, sizeof(*first));

	if (!first)
		return -ENOMEM;
	for (size_t i = m->threads_count; i-- > 0;)
		first[m->threads[i].process] = i;
	for (size_t i = 0; i < m->threads_count; i++)
		askers[i] = schedules(x, i) ? first[m->threads[i].process] : i;
	free(first);
	return 0;
}

static int cover_make(struct cover *c, const struct meaning *x)
{
	const struct measurement *m = x->m;
	size_t room = m->exchanges_count + 1;
	struct asked asked = {m, NULL};

	*c = (struct cover){
		.askers = calloc(m->threads_count + 1, sizeof(*c->askers)),
		.rows = calloc(room, sizeof(*c->rows)),
		.spans = calloc(room, sizeof(*c->spans)),
		.sums_ns = calloc(room, sizeof(*c->sums_ns)),
	};
	if (!c->askers || !c->rows || !c->spans || !c->sums_ns || askers_find(c->askers, x) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < m->exchanges_count; i++)
		c->rows[i] = i;
	asked.askers = c->askers;
	qsort_r(c->rows, m->exchanges_count, sizeof(*c->rows), asker_compare, &asked);
	return 0;
}

static void cover_free(struct cover *c)
{
	free(c->askers);
	free(c->rows);
	free(c->spans);
	free(c->sums_ns);
}

/* Returns all of the thread's waiting, one after the other. */
static double cover_fill(struct cover *c, const struct meaning *x, size_t thread)
{
	double wait_ns = 0, sum_ns = 0;
	size_t count = 0;

	for (; c->next < x->m->exchanges_count; c->next++) {
		const struct measured_exchange *e = exchange_at(x->m, c->rows[c->next]);

		if (c->askers[e->thread] > thread)
			break;
		if (c->askers[e->thread] < thread)
			continue;
		c->spans[count++] = (struct span){e->start_ns, e->start_ns + (int64_t)e->wait_ns};
		wait_ns += (double)e->wait_ns;
	}
	c->count = spans_join(c->spans, count);
	for (size_t i = 0; i < c->count; i++) {
		sum_ns += (double)(c->spans[i].end_ns - c->spans[i].start_ns);
		c->sums_ns[i] = sum_ns;
	}
	return wait_ns;
}

/* How much of the time before an instant is covered. */
static double covered_ns(const struct cover *c, int64_t before_ns)
{
	size_t low = 0, high = c->count; /* how many begin before it */

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->spans[middle].start_ns < before_ns)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return 0;
	return c->sums_ns[low - 1] - fmax(0, (double)c->spans[low - 1].end_ns - (double)before_ns);
}

/* Of a thread's waits for several files that were for work, the part with nothing awaited. Adds to
 * ret_waited_s how long they were. */
static double uncovered_s(
	const struct cover *c, const struct meaning *x, size_t thread, double *ret_waited_s)
{
	double sum = 0;

	for (size_t i = x->first_segment[thread]; i < x->first_segment[thread + 1]; i++) {
		const struct measured_segment *s = &x->m->segments[x->segments[i]];
		double covered = covered_ns(c, s->start_ns + (int64_t)s->wait_ns) -
				 covered_ns(c, s->start_ns);

		if (x->states[s->wait] != STATE_POLL || x->purposes[s->wait] != PURPOSE_WORK)
			continue;
		*ret_waited_s += (double)s->wait_ns / 1e9;
		sum += ((double)s->wait_ns - covered) / 1e9;
	}
	return sum;
}

/* Go's scheduler goes on waiting in a second thread while a goroutine computes in one, be there
 * anything to wait for or not. */
static bool is_covered(struct cover *c, const struct meaning *x, size_t asker)
{
	double waited_s = 0, bare_s = 0, computed_s = 0;

	cover_fill(c, x, asker);
	for (size_t i = asker; i < x->m->threads_count; i++) {
		if (c->askers[i] != asker)
			continue;
		bare_s += uncovered_s(c, x, i, &waited_s);
		computed_s += schedules(x, i) ? (double)x->m->threads[i].cpu_ns / 1e9 : 0;
	}
	return bare_s - computed_s <= MARGIN * waited_s;
}

/* What each loop waited for is known, for itself. */
static int loops_are_covered(const struct meaning *x, bool *ret)
{
	struct cover c;
	int error = cover_make(&c, x);

	*ret = true;
	for (size_t i = 0; i < x->m->threads_count && !error && *ret; i++)
		if (asks(x, i) && c.askers[i] == i)
			*ret = is_covered(&c, x, i);
	cover_free(&c);
	return error;
}

static void chains_forget(struct exchanges *e)
{
	exchanges_clear(e);
	*e = (struct exchanges){0};
}

int exchanges_find(struct exchanges *ret, const struct meaning *x)
{
	size_t room = x->m->exchanges_count + 1;
	struct span *spans;
	bool covered;
	int error;

	*ret = (struct exchanges){0};
	if (!were_watched(x->m))
		return 0;
	spans = calloc(2 * room, sizeof(*spans));
	ret->rows = calloc(room, sizeof(*ret->rows));
	ret->chains = calloc(room, sizeof(*ret->chains));
	if (!spans || !ret->rows || !ret->chains) {
		free(spans);
		return -ENOMEM;
	}
	chains_make(ret, x->m, rows_take(ret, x));
	most_find(ret, spans, spans + room);
	free(spans);
	error = loops_are_covered(x, &covered);
	if (error || !covered || ret->wait_s < MARGIN * (double)x->m->wall_ns / 1e9 ||
		ret->mixed_s > MARGIN * ret->wait_s)
		chains_forget(ret);
	return error;
}

void exchanges_clear(struct exchanges *e)
{
	free(e->rows);
	free(e->chains);
	e->rows = NULL;
	e->chains = NULL;
}

/* Some tell, where later ones were not seen. */
static int mixed_find(const struct meaning *x, struct awaited *ret)
{
	const struct measurement *m = x->m;
	size_t *rows = calloc(m->exchanges_count + 1, sizeof(*rows));
	double *wait_ns = calloc(m->threads_count + 1, sizeof(*wait_ns));

	for (size_t i = 0; rows && i < m->exchanges_count; i++)
		rows[i] = i;
	if (rows)
		qsort_r(rows, m->exchanges_count, sizeof(*rows), row_compare, (void *)m);
	for (size_t i = 0; rows && wait_ns && i < m->exchanges_count; i++) {
		const struct measured_exchange *now = exchange_at(m, rows[i]);

		if (!asks(x, now->thread))
			continue;
		wait_ns[now->thread] += (double)now->wait_ns;
		if (i > 0 && are_mixed(exchange_at(m, rows[i - 1]), now))
			ret[now->thread].mixed_share += (double)now->wait_ns;
	}
	for (size_t i = 0; wait_ns && i < m->threads_count; i++)
		if (wait_ns[i] > 0)
			ret[i].mixed_share /= wait_ns[i];
	free(rows);
	free(wait_ns);
	return rows && wait_ns ? 0 : -ENOMEM;
}

int exchanges_await(const struct meaning *x, struct awaited *ret)
{
	struct cover c;
	int error = cover_make(&c, x);

	if (!error)
		error = mixed_find(x, ret);
	for (size_t i = 0; i < x->m->threads_count && !error && were_watched(x->m); i++) {
		if (!asks(x, i))
			continue;
		ret[i].all_s = cover_fill(&c, x, i) / 1e9;
		ret[i].some_s = c.count > 0 ? c.sums_ns[c.count - 1] / 1e9 : 0;
	}
	cover_free(&c);
	return error;
}

static bool are_of_goroutines(const struct exchanges *e, const struct meaning *x)
{
	for (size_t i = 0; i < e->chains_count; i++)
		if (!schedules(x, exchange_at(x->m, e->rows[e->chains[i].first])->thread))
			return false;
	return e->chains_count > 0;
}

/* There are goroutines that ask for nothing: more went on than requests under way can have done. */
static bool others_compute(const struct exchanges *e, const struct meaning *x)
{
	double worked_s = e->wait_s, most_s = (double)e->most * (double)x->m->wall_ns / 1e9;

	for (size_t i = 0; i < x->m->threads_count; i++)
		worked_s += (double)x->m->threads[i].cpu_ns / 1e9;
	return worked_s > (1 + MARGIN) * most_s;
}

int exchanges_fill(struct profile_work *w, const struct meaning *x)
{
	struct exchanges e;
	int error = exchanges_find(&e, x);
	bool goroutines = are_of_goroutines(&e, x);

	if (!error && !(goroutines && others_compute(&e, x))) {
		w->exchanges = e.chains_count;
		w->exchanges_s = e.wait_s;
		w->exchanges_most = e.most;
		w->goroutines = goroutines;
	}
	exchanges_clear(&e);
	return error;
}

void exchanges_settle(struct profile_work *w)
{
	bool goroutines =
		w->goroutines && (w->model == MODEL_SEQUENTIAL || w->model == MODEL_THREADS);

	if ((w->model != MODEL_EVENT_LOOP && !goroutines) || w->service) {
		w->exchanges = w->exchanges_most = 0;
		w->exchanges_s = 0;
		w->goroutines = false;
	}
	if (w->exchanges == 0)
		return;
	if (w->goroutines) {
		w->workers = w->model == MODEL_SEQUENTIAL ? 1 : (int)w->exchanges_most;
		w->wait_s = w->exchanges_s;
		w->width = 0;
	} else {
		w->width = w->exchanges_most;
	}
	w->operations = w->exchanges > w->operations ? w->exchanges : w->operations;
}
