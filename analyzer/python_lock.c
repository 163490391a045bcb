/*
 * python_lock: a semaphore that several threads wait for, on lines of the program's own.
 *
 * Whoever waits for a task, a result or an event does so inside the standard library (queue,
 * threading, concurrent.futures); only a lock is waited for where the program's own code takes it.
 * There is one such call more, SimpleQueue.get(): of a lock somebody always is the holder, so that
 * not all of those who take it wait at once; of a queue that is empty they do.
 */
#include "python_lock.h"

#include "code.h"
#include "margin.h"
#include "meaning.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* FUTEX_WAIT_BITSET, private, by the clock of the day: glibc's sem_wait(), when it is 0. */
#define SEMAPHORE_OP 0x189

/* The interpreter's lock is held for so much of the time: then it is that which all wait for in the
 * end, also who has another lock meanwhile. At 0.7 one waits 2.3 times as long as it is held. */
#define SATURATED 0.7

struct place {
	double own_s, known_s; /* waited on lines of the program's own; wherever that is known */
};

struct word {
	size_t process, thread, wait;
	uint64_t address;
};

/* What is known of a process's computing: in all, and of samples, so many with the lock. */
struct interpreting {
	double cpu_s, held, seen;
};

static bool interpreter_is_saturated(const struct meaning *x, const struct interpreting *in)
{
	double share = in->seen > 0 ? in->held / in->seen : 1;

	return in->cpu_s * share >= SATURATED * (double)x->m->wall_ns / 1e9;
}

static void interpreting_sum(struct interpreting *processes, const struct meaning *x)
{
	for (size_t i = 0; i < x->m->threads_count; i++)
		processes[x->m->threads[i].process].cpu_s += (double)x->m->threads[i].cpu_ns / 1e9;
	for (size_t i = 0; i < x->m->samples_count; i++) {
		const struct measured_sample *s = &x->m->samples[i];
		struct interpreting *in = &processes[x->m->threads[s->thread].process];

		if (s->lock_held < 0)
			continue;
		in->seen += (double)s->count;
		in->held += s->lock_held ? (double)s->count : 0;
	}
}

static bool wait_is_semaphores(const struct meaning *x, size_t wait)
{
	const struct measured_wait *w = &x->m->waits[wait];

	return x->states[wait] == STATE_SYNC && w->futex_address && w->futex_op == SEMAPHORE_OP &&
	       w->futex_value == 0 && meaning_runs(x, x->m->threads[w->thread].process, "cpython");
}

/* Who enters a condition, or a lock that processes share, does so through a method. */
static bool frame_enters(const struct measured_frame *f)
{
	return f->function && f->file && strstr(f->function, "__enter__") &&
	       (strstr(f->file, "threading.py") || strstr(f->file, "synchronize.py"));
}

static bool frame_locks(const struct measurement *m, const struct measured_frame *f)
{
	enum code code = code_of_frame(m, f);

	return code == CODE_OWN || code == CODE_PACKAGE || frame_enters(f);
}

/* The innermost one of Python's. NULL: none is known. */
static const struct measured_frame *python_frame(const struct measurement *m, size_t stack)
{
	const struct measured_stack *s = stack < m->stacks_count ? &m->stacks[stack] : NULL;

	for (size_t i = 0; s && i < s->frames_count; i++) {
		const struct measured_frame *f = &m->frames[s->frames[i]];

		if (f->language && strcmp(f->language, "python") == 0)
			return f;
	}
	return NULL;
}

static void places_fill(struct place *places, const struct meaning *x)
{
	for (size_t i = 0; i < x->m->sites_count; i++) {
		const struct measured_site *s = &x->m->sites[i];
		const struct measured_frame *f =
			wait_is_semaphores(x, s->wait) ? python_frame(x->m, s->stack) : NULL;
		double total_s = (double)s->total_ns / 1e9;

		if (!f)
			continue;
		places[s->wait].known_s += total_s;
		places[s->wait].own_s += frame_locks(x->m, f) ? total_s : 0;
	}
}

static int word_compare(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

/* By thread too. */
static int row_compare(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	int order = word_compare(a, b);

	return order ? order : (x->thread > y->thread) - (x->thread < y->thread);
}

static size_t words_gather(struct word *words, const struct meaning *x)
{
	size_t count = 0;

	for (size_t i = 0; i < x->m->waits_count; i++) {
		const struct measured_wait *w = &x->m->waits[i];

		if (wait_is_semaphores(x, i))
			words[count++] = (struct word){
				x->m->threads[w->thread].process, w->thread, i, w->futex_address};
	}
	qsort(words, count, sizeof(*words), row_compare);
	return count;
}

/* Begins or ends a wait. */
struct edge {
	int64_t at_ns;
	int step;
};

static int edge_compare(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return y->step - x->step;
}

static bool word_has(const struct word *rows, size_t count, size_t wait)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].wait == wait)
			return true;
	return false;
}

/* Of the waits that are known one by one. */
static size_t edges_gather(
	struct edge *edges, const struct meaning *x, const struct word *rows, size_t count)
{
	size_t edges_count = 0;

	for (size_t i = 0; i < x->m->segments_count; i++) {
		const struct measured_segment *s = &x->m->segments[i];

		if (!word_has(rows, count, s->wait))
			continue;
		edges[edges_count++] = (struct edge){s->start_ns, 1};
		edges[edges_count++] = (struct edge){s->start_ns + (int64_t)s->wait_ns, -1};
	}
	qsort(edges, edges_count, sizeof(*edges), edge_compare);
	return edges_count;
}

/* A notable part of the waits ends while all of them wait. */
static bool all_wait(const struct edge *edges, size_t count, size_t threads)
{
	size_t ends = 0, together = 0, waiting = 0;

	for (size_t i = 0; i < count; i++) {
		if (edges[i].step < 0) {
			ends++;
			together += waiting >= threads;
			waiting--;
		} else {
			waiting++;
		}
	}
	return (double)together > MARGIN * (double)ends;
}

/* What is there of a word: who waits for it, for how long, and where. */
struct sum {
	size_t threads;
	double total_s;
	struct place place;
};

static struct sum word_sum(
	const struct meaning *x, const struct word *rows, size_t count, const struct place *places)
{
	struct sum sum = {0};

	for (size_t i = 0; i < count; i++) {
		sum.threads += i == 0 || rows[i].thread != rows[i - 1].thread;
		sum.total_s += (double)x->m->waits[rows[i].wait].total_ns / 1e9;
		sum.place.own_s += places[rows[i].wait].own_s;
		sum.place.known_s += places[rows[i].wait].known_s;
	}
	return sum;
}

/* edges: room for two of each segment. */
static bool word_is_lock(const struct meaning *x, const struct word *rows, size_t count,
	const struct place *places, struct edge *edges)
{
	struct sum sum = word_sum(x, rows, count, places);
	double most_s = (double)(sum.threads - 1) * (double)x->m->wall_ns / 1e9;

	return sum.place.own_s > sum.place.known_s / 2 && sum.total_s <= (1 + MARGIN) * most_s &&
	       !all_wait(edges, edges_gather(edges, x, rows, count), sum.threads);
}

int python_lock_find(struct meaning *x)
{
	struct place *places = calloc(x->m->waits_count + 1, sizeof(*places));
	struct word *words = calloc(x->m->waits_count + 1, sizeof(*words));
	struct edge *edges = calloc(2 * x->m->segments_count + 1, sizeof(*edges));
	struct interpreting *in = calloc(x->m->processes_count + 1, sizeof(*in));
	bool is_room = places && words && edges && in;
	size_t count = 0;

	if (is_room) {
		interpreting_sum(in, x);
		places_fill(places, x);
		count = words_gather(words, x);
	}
	for (size_t from = 0, to; from < count; from = to) {
		for (to = from; to < count && word_compare(&words[from], &words[to]) == 0; to++)
			;
		if (interpreter_is_saturated(x, &in[words[from].process]) ||
			!word_is_lock(x, words + from, to - from, places, edges))
			continue;
		for (size_t i = from; i < to; i++)
			x->states[words[i].wait] = STATE_LOCK;
	}
	free(places);
	free(words);
	free(edges);
	free(in);
	return is_room ? 0 : -ENOMEM;
}
