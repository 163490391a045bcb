/*
 * python_lock: a semaphore that several threads wait for, on lines of the program's own.
 *
 * Whoever waits for a task, a result or an event does so inside the standard library (queue,
 * threading, concurrent.futures); only a lock is waited for where the program's own code takes it.
 * There is one such call more, SimpleQueue.get(): of a lock somebody always is the holder, so that
 * not all of those who take it can wait all the time.
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

struct place {
	double own_s, known_s; /* waited on lines of the program's own; wherever that is known */
};

struct word {
	size_t process, thread, wait;
	uint64_t address;
};

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

static bool word_is_lock(
	const struct meaning *x, const struct word *rows, size_t count, const struct place *places)
{
	double total_s = 0, wall_s = (double)x->m->wall_ns / 1e9;
	struct place sum = {0};
	size_t threads = 0;

	for (size_t i = 0; i < count; i++) {
		threads += i == 0 || rows[i].thread != rows[i - 1].thread;
		total_s += (double)x->m->waits[rows[i].wait].total_ns / 1e9;
		sum.own_s += places[rows[i].wait].own_s;
		sum.known_s += places[rows[i].wait].known_s;
	}
	return sum.own_s > sum.known_s / 2 &&
	       total_s <= (1 + MARGIN) * (double)(threads - 1) * wall_s;
}

int python_lock_find(struct meaning *x)
{
	struct place *places = calloc(x->m->waits_count + 1, sizeof(*places));
	struct word *words = calloc(x->m->waits_count + 1, sizeof(*words));
	size_t count;

	if (!places || !words) {
		free(places);
		free(words);
		return -ENOMEM;
	}
	places_fill(places, x);
	count = words_gather(words, x);
	for (size_t from = 0, to; from < count; from = to) {
		for (to = from; to < count && word_compare(&words[from], &words[to]) == 0; to++)
			;
		if (!word_is_lock(x, words + from, to - from, places))
			continue;
		for (size_t i = from; i < to; i++)
			x->states[words[i].wait] = STATE_LOCK;
	}
	free(places);
	free(words);
	return 0;
}
