/*
 * timeline: a thread's segments as pieces, which are joined until they are few enough.
 */
#include "timeline.h"

#include "lane.h"
#include "meaning.h"
#include "profile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a person can look at, and a report of which remains of a size to be sent about. */
#define INTERVALS_MOST 16000
#define THREADS_MOST 4000
/* Neighbours that are shorter than this part of the window are never apart on a screen. */
#define FINEST (1.0 / 4000)
/* How much longer what is joined may be from one try to the next. */
#define COARSER 1.25
/* What fills all but so much of an interval fills it: clocks differ that much. */
#define FILLED 0.99

const char *timeline_part_name(unsigned int part)
{
	static const char *const names[] = {"cpu", "folded", "mixed"};

	return part < STATE_COUNT ? state_name((enum state)part) : names[part - STATE_COUNT];
}

/* A wait, or a gap between two of them; what of it is neither of these is folded. */
struct piece {
	double start_s, end_s, cpu_s, run_queue_s;
	size_t wait; /* MEASURED_NONE: a gap */
};

struct pieces {
	struct piece *pieces;
	size_t count;
	double cpu_s, run_queue_s; /* in all of them */
};

static void piece_put(struct pieces *to, struct piece piece)
{
	if (!(piece.end_s > piece.start_s))
		return;
	to->pieces[to->count++] = piece;
	to->cpu_s += piece.cpu_s;
	to->run_queue_s += piece.run_queue_s;
}

/* It cannot have done more in a gap than there is room for. */
static void gap_put(
	struct pieces *to, double start_s, double end_s, double cpu_s, double run_queue_s)
{
	double fit = fmin(1, (end_s - start_s) / (cpu_s + run_queue_s));

	if (!(cpu_s + run_queue_s > 0))
		fit = 1;
	piece_put(
		to, (struct piece){start_s, end_s, cpu_s * fit, run_queue_s * fit, MEASURED_NONE});
}

/* From `at` to the end of the segment, which is returned. */
static double segment_put(
	struct pieces *to, const struct measured_segment *s, double at, double end_s)
{
	double wait_s = fmin(end_s, fmax(at, (double)s->start_ns / 1e9));
	double ready_s = fmin(end_s, wait_s + (double)s->wait_ns / 1e9);
	double run_s = fmin(end_s, ready_s + (double)s->run_queue_ns / 1e9);

	gap_put(to, at, wait_s, (double)s->cpu_before_ns / 1e9,
		(double)s->run_queue_before_ns / 1e9);
	piece_put(to, (struct piece){.start_s = wait_s, .end_s = ready_s, .wait = s->wait});
	piece_put(to, (struct piece){ready_s, run_s, .run_queue_s = run_s - ready_s,
			      .wait = MEASURED_NONE});
	return run_s;
}

static int pieces_make(struct pieces *ret, const struct meaning *x, size_t thread)
{
	const struct measured_thread *t = &x->m->threads[thread];
	size_t first = x->first_segment[thread], last = x->first_segment[thread + 1];
	double at = (double)t->start_ns / 1e9, end_s = at + meaning_thread_span_s(x, thread);
	double cpu_s = (double)t->cpu_ns / 1e9, run_queue_s = (double)t->run_queue_ns / 1e9;

	*ret = (struct pieces){.pieces = calloc(3 * (last - first) + 1, sizeof(*ret->pieces))};
	if (!ret->pieces)
		return -ENOMEM;
	for (size_t i = first; i < last; i++) {
		const struct measured_segment *s = &x->m->segments[x->segments[i]];

		at = segment_put(ret, s, at, end_s);
		cpu_s -= (double)s->cpu_before_ns / 1e9;
		run_queue_s -= (double)(s->run_queue_before_ns + s->run_queue_ns) / 1e9;
	}
	gap_put(ret, at, end_s, fmax(0, cpu_s), fmax(0, run_queue_s));
	return 0;
}

static void pieces_clear(struct pieces *p)
{
	free(p->pieces);
}

/* The end of those that are joined to the piece at `from`. */
static size_t joined_end(const struct pieces *p, size_t from, double resolution_s)
{
	size_t to = from + 1;

	while (to < p->count && p->pieces[to].end_s - p->pieces[from].start_s <= resolution_s)
		to++;
	return to;
}

static size_t joined_count(const struct pieces *p, double resolution_s)
{
	size_t count = 0;

	for (size_t from = 0; from < p->count; from = joined_end(p, from, resolution_s))
		count++;
	return count;
}

static double resolution_find(const struct pieces *p, double wall_s, size_t most)
{
	double resolution_s = wall_s * FINEST;

	while (joined_count(p, resolution_s) > most)
		resolution_s *= COARSER;
	return resolution_s;
}

static void parts_add(double *parts_s, const struct meaning *x, const struct piece *piece)
{
	double length_s = piece->end_s - piece->start_s;

	if (piece->wait != MEASURED_NONE) {
		parts_s[x->states[piece->wait]] += length_s;
		return;
	}
	parts_s[PART_CPU] += piece->cpu_s;
	parts_s[STATE_RUN_QUEUE] += piece->run_queue_s;
	parts_s[PART_FOLDED] += fmax(0, length_s - piece->cpu_s - piece->run_queue_s);
}

static unsigned int part_that_fills(const struct timeline_interval *i)
{
	for (unsigned int part = 0; part < TIMELINE_PARTS; part++)
		if (i->parts_s[part] >= FILLED * (i->end_s - i->start_s))
			return part;
	return PART_MIXED;
}

static struct timeline_interval interval_join(
	const struct profile *p, const struct meaning *x, const struct piece *pieces, size_t count)
{
	struct timeline_interval interval = {
		.start_s = pieces[0].start_s,
		.end_s = pieces[count - 1].end_s,
		.wait = MEASURED_NONE,
	};

	for (size_t i = 0; i < count; i++)
		parts_add(interval.parts_s, x, &pieces[i]);
	interval.part = part_that_fills(&interval);
	if (count == 1 && pieces[0].wait != MEASURED_NONE) {
		interval.wait = p->row_of_wait[pieces[0].wait];
		interval.idle = x->purposes[pieces[0].wait] != PURPOSE_WORK;
	}
	return interval;
}

/* What the sums hold beyond the pieces; and what nothing explains is `other`, as it is in the
 * thread's time. */
static void folded_sum(struct timeline_thread *t, const struct meaning *x,
	const struct remainder *remainders, const struct pieces *pieces)
{
	const struct measured_thread *m = &x->m->threads[t->thread];
	double unknown_s = -(double)m->vacant_ns / 1e9;

	t->folded_s[PART_CPU] = fmax(0, (double)m->cpu_ns / 1e9 - pieces->cpu_s);
	t->folded_s[STATE_RUN_QUEUE] = fmax(0, (double)m->run_queue_ns / 1e9 - pieces->run_queue_s);
	for (size_t i = x->first_wait[t->thread]; i < x->first_wait[t->thread + 1]; i++)
		t->folded_s[x->states[x->waits[i]]] += remainders[x->waits[i]].total_s;
	for (size_t i = 0; i < t->intervals->count; i++)
		unknown_s += t->intervals->all[i].parts_s[PART_FOLDED];
	for (unsigned int part = 0; part < PART_FOLDED; part++)
		unknown_s -= t->folded_s[part];
	t->folded_s[STATE_OTHER] += fmax(0, unknown_s);
}

struct timeline_intervals *timeline_intervals_hold(struct timeline_intervals *i)
{
	i->holders++;
	return i;
}

void timeline_intervals_release(struct timeline_intervals *i)
{
	if (i && --i->holders == 0)
		free(i);
}

static struct timeline_intervals *intervals_new(size_t room)
{
	struct timeline_intervals *i = calloc(1, sizeof(*i) + room * sizeof(i->all[0]));

	return i ? timeline_intervals_hold(i) : NULL;
}

static int thread_make(struct timeline_thread *t, const struct profile *p, const struct meaning *x,
	const struct remainder *remainders, size_t most)
{
	struct pieces pieces;
	size_t count;
	int error = pieces_make(&pieces, x, t->thread);

	if (error)
		return error;
	t->start_s = (double)x->m->threads[t->thread].start_ns / 1e9;
	t->end_s = t->start_s + meaning_thread_span_s(x, t->thread);
	t->resolution_s = resolution_find(&pieces, p->wall_s, most);
	count = joined_count(&pieces, t->resolution_s);
	t->intervals = intervals_new(count);
	for (size_t from = 0, to; t->intervals && from < pieces.count; from = to) {
		to = joined_end(&pieces, from, t->resolution_s);
		t->intervals->all[t->intervals->count++] =
			interval_join(p, x, pieces.pieces + from, to - from);
	}
	if (t->intervals)
		folded_sum(t, x, remainders, &pieces);
	pieces_clear(&pieces);
	return t->intervals ? 0 : -ENOMEM;
}

/* How many intervals each thread would have if they were not bounded. */
static int counts_find(size_t *counts, const struct timeline *t, const struct meaning *x)
{
	double finest_s = (double)x->m->wall_ns / 1e9 * FINEST;

	for (size_t i = 0; i < t->threads_count; i++) {
		struct pieces pieces;
		int error = pieces_make(&pieces, x, t->threads[i].thread);

		if (error)
			return error;
		counts[i] = joined_count(&pieces, finest_s);
		pieces_clear(&pieces);
	}
	return 0;
}

/* The most that each may have so that all together fit: who needs less leaves it to the others. */
static size_t quota_find(const size_t *counts, size_t threads)
{
	size_t quota = 1, beyond = INTERVALS_MOST + 1;

	while (beyond - quota > 1) {
		size_t middle = quota + (beyond - quota) / 2, all = 0;

		for (size_t i = 0; i < threads; i++)
			all += counts[i] < middle ? counts[i] : middle;
		if (all <= INTERVALS_MOST)
			quota = middle;
		else
			beyond = middle;
	}
	return quota;
}

static int longer_first(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y) - (x > y);
}

/* A life that is long enough for its thread to be among THREADS_MOST. */
static int life_least(double *ret, const struct meaning *x)
{
	size_t count = x->m->threads_count;
	double *lives = calloc(count + 1, sizeof(*lives));

	if (!lives)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		lives[i] = meaning_thread_life_s(x, i);
	qsort(lives, count, sizeof(*lives), longer_first);
	*ret = count > THREADS_MOST ? lives[THREADS_MOST - 1] : 0;
	free(lives);
	return 0;
}

static int threads_choose(struct timeline *t, const struct meaning *x)
{
	size_t count = x->m->threads_count;
	double least_s;

	t->threads = calloc(count + 1, sizeof(*t->threads));
	if (!t->threads || life_least(&least_s, x) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < count && t->threads_count < THREADS_MOST; i++)
		if (meaning_thread_life_s(x, i) >= least_s)
			t->threads[t->threads_count++].thread = i;
	t->threads_left_out = count - t->threads_count;
	return 0;
}

int timeline_fill(struct profile *p, const struct meaning *x)
{
	struct timeline *t = &p->timeline;
	struct remainder *remainders = lane_remainders(x);
	size_t *counts = calloc(x->m->threads_count + 1, sizeof(*counts)), quota;
	int error = remainders && counts ? threads_choose(t, x) : -ENOMEM;

	t->floor_s = (double)x->m->segment_floor_ns / 1e9;
	if (!error)
		error = counts_find(counts, t, x);
	quota = error ? 0 : quota_find(counts, t->threads_count);
	for (size_t i = 0; i < t->threads_count && !error; i++)
		error = thread_make(&t->threads[i], p, x, remainders, quota);
	free(remainders);
	free(counts);
	return error;
}

void timeline_clear(struct timeline *t)
{
	for (size_t i = 0; i < t->threads_count; i++)
		timeline_intervals_release(t->threads[i].intervals);
	free(t->threads);
}
