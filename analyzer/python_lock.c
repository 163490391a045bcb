/*
 * python_lock: a semaphore that several threads wait for, on lines of the program's own.
 *
 * Whoever waits for a task, a result or an event does so inside the standard library (queue,
 * threading, concurrent.futures); only a lock is waited for where the program's own code takes it.
 * There is one such call more, SimpleQueue.get(): of a lock somebody always is the holder, so that
 * not all of those who take it wait at once; of a queue that is empty they do. The holder may be
 * one that never had to wait (python_turn).
 */
#include "python_lock.h"

#include "interpreter.h"
#include "margin.h"
#include "meaning.h"
#include "overlap.h"
#include "python_turn.h"
#include "python_word.h"

#include <errno.h>
#include <stdlib.h>

/* The interpreter's lock is held for so much of the time: then it is that which all wait for in the
 * end, also who has another lock meanwhile. At 0.7 one waits 2.3 times as long as it is held. */
#define SATURATED 0.7

/* Of those who take a lock one has it. takers: who waits for it or is known to take it. */
static bool word_is_lock(const struct meaning *x, const struct overlap *o,
	const struct python_word *w, size_t takers)
{
	double others_s = ((double)takers - 1) * (double)x->m->wall_ns / 1e9;

	return w->own_s > w->known_s / 2 && o->peak < (double)takers &&
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
	struct python_word *words;
	size_t *word_of_wait;
	size_t *unseen; /* takers of a word that never wait for it */
	struct overlap *overlaps;
	bool *saturated;
};

static int search_run(struct search *s, struct meaning *x)
{
	size_t count = python_words_find(x, s->words, s->word_of_wait);
	int error = overlap_fill(x, s->word_of_wait, count, s->overlaps);

	if (!error)
		error = saturated_find(s->saturated, x);
	if (!error)
		error = python_turns_find(
			x, s->words, count, s->word_of_wait, s->overlaps, s->unseen);
	if (error)
		return error;
	for (size_t i = 0; i < x->m->waits_count; i++) {
		size_t n = s->word_of_wait[i];

		if (n != MEASURED_NONE && !s->saturated[s->words[n].process] &&
			word_is_lock(x, &s->overlaps[n], &s->words[n],
				s->overlaps[n].threads + s->unseen[n]))
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
		.unseen = calloc(waits + 1, sizeof(*s.unseen)),
		.overlaps = calloc(waits + 1, sizeof(*s.overlaps)),
		.saturated = calloc(x->m->processes_count + 1, sizeof(*s.saturated)),
	};
	bool is_room = s.words && s.word_of_wait && s.unseen && s.overlaps && s.saturated;
	int error = is_room ? search_run(&s, x) : -ENOMEM;

	free(s.words);
	free(s.word_of_wait);
	free(s.unseen);
	free(s.overlaps);
	free(s.saturated);
	return error;
}
