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
#include "interpreter.h"
#include "margin.h"
#include "meaning.h"
#include "overlap.h"

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

static void places_sum(struct place *places, const struct meaning *x, const size_t *word_of_wait)
{
	for (size_t i = 0; i < x->m->sites_count; i++) {
		const struct measured_site *s = &x->m->sites[i];
		size_t word = word_of_wait[s->wait];
		const struct measured_frame *f =
			word == MEASURED_NONE ? NULL : python_frame(x->m, s->stack);
		double total_s = (double)s->total_ns / 1e9;

		if (!f)
			continue;
		places[word].known_s += total_s;
		places[word].own_s += frame_locks(x->m, f) ? total_s : 0;
	}
}

/* A semaphore in a process, by a wait for it. */
struct word {
	size_t process, wait;
	uint64_t address;
};

static int word_compare(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

/* Numbers the words, and says which one each wait is for. Leaves one row for each in words. */
static size_t words_find(struct word *words, const struct meaning *x, size_t *word_of_wait)
{
	size_t waits = 0, count = 0;

	for (size_t i = 0; i < x->m->waits_count; i++) {
		const struct measured_wait *w = &x->m->waits[i];

		word_of_wait[i] = MEASURED_NONE;
		if (wait_is_semaphores(x, i))
			words[waits++] = (struct word){
				x->m->threads[w->thread].process, i, w->futex_address};
	}
	qsort(words, waits, sizeof(*words), word_compare);
	for (size_t i = 0; i < waits; i++) {
		if (i == 0 || word_compare(&words[count - 1], &words[i]) != 0)
			words[count++] = words[i];
		word_of_wait[words[i].wait] = count - 1;
	}
	return count;
}

/* Of those who take a lock one has it. */
static bool word_is_lock(const struct meaning *x, const struct overlap *o, const struct place *p)
{
	double others_s = ((double)o->threads - 1) * (double)x->m->wall_ns / 1e9;

	return p->own_s > p->known_s / 2 && o->peak < (double)o->threads &&
	       o->total_s <= (1 + MARGIN) * others_s;
}

/* Whether the interpreter's lock is held so much of the time that it is what all wait for. */
static int saturated_find(bool *saturated, const struct meaning *x)
{
	double *held_s = calloc(x->m->processes_count + 1, sizeof(*held_s));

	if (!held_s || interpreter_held(x, held_s) < 0) {
		free(held_s);
		return -ENOMEM;
	}
	for (size_t i = 0; i < x->m->processes_count; i++)
		saturated[i] = held_s[i] >= SATURATED * (double)x->m->wall_ns / 1e9;
	free(held_s);
	return 0;
}

struct search {
	struct word *words;
	size_t *word_of_wait;
	struct place *places;
	struct overlap *overlaps;
	bool *saturated;
};

static int search_run(struct search *s, struct meaning *x)
{
	size_t count = words_find(s->words, x, s->word_of_wait);
	int error = overlap_fill(x, s->word_of_wait, count, s->overlaps);

	if (!error)
		error = saturated_find(s->saturated, x);
	if (error)
		return error;
	places_sum(s->places, x, s->word_of_wait);
	for (size_t i = 0; i < x->m->waits_count; i++) {
		size_t word = s->word_of_wait[i];

		if (word != MEASURED_NONE && !s->saturated[s->words[word].process] &&
			word_is_lock(x, &s->overlaps[word], &s->places[word]))
			x->states[i] = STATE_LOCK;
	}
	return 0;
}

int python_lock_find(struct meaning *x)
{
	size_t waits = x->m->waits_count;
	struct search s = {
		.words = calloc(waits + 1, sizeof(*s.words)),
		.word_of_wait = calloc(waits + 1, sizeof(*s.word_of_wait)),
		.places = calloc(waits + 1, sizeof(*s.places)),
		.overlaps = calloc(waits + 1, sizeof(*s.overlaps)),
		.saturated = calloc(x->m->processes_count + 1, sizeof(*s.saturated)),
	};
	bool is_room = s.words && s.word_of_wait && s.places && s.overlaps && s.saturated;
	int error = is_room ? search_run(&s, x) : -ENOMEM;

	free(s.words);
	free(s.word_of_wait);
	free(s.places);
	free(s.overlaps);
	free(s.saturated);
	return error;
}
