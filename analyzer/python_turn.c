/*
 * python_turn: what is done in the function that waits for a semaphore, by one thread at a time.
 *
 * A lock is not handed over: who releases it can have it again before anybody else is awake, and
 * take it to the end of its work without ever waiting. Those who wait then all wait at once, like
 * for tasks of a queue. But tasks are done side by side as they come; under a lock one thread at a
 * time is at it, one always is while others wait, and these do the same when their turn comes.
 */
#include "python_turn.h"

#include "margin.h"
#include "meaning.h"
#include "overlap.h"
#include "python_word.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A word that all who are known to take it wait for at once, and the function that they do so in.
 */
struct turn {
	size_t process, word;
	const char *function, *file;
	bool shared; /* other such words are waited for there: whose turn it is cannot be told */
};

static int text_compare(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int turn_compare(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;
	int order = text_compare(x->function, y->function);

	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	return order ? order : text_compare(x->file, y->file);
}

static size_t turns_gather(struct turn *turns, const struct python_word *words, size_t count,
	const struct overlap *overlaps)
{
	size_t found = 0, kept = 0;

	for (size_t i = 0; i < count; i++)
		if (words[i].line && words[i].line->function && overlaps[i].peak > 0 &&
			overlaps[i].peak >= (double)overlaps[i].threads)
			turns[found++] = (struct turn){.process = words[i].process,
				.word = i,
				.function = words[i].line->function,
				.file = words[i].line->file};
	qsort(turns, found, sizeof(*turns), turn_compare);
	for (size_t i = 0; i < found; i++) {
		if (kept > 0 && turn_compare(&turns[kept - 1], &turns[i]) == 0)
			turns[kept - 1].shared = true;
		else
			turns[kept++] = turns[i];
	}
	return kept;
}

/* In whose function a site is; MEASURED_NONE: in none's. */
static size_t site_turn(const struct meaning *x, const struct measured_site *s,
	const struct turn *turns, size_t count)
{
	const struct measured_stack *stack =
		s->stack < x->m->stacks_count ? &x->m->stacks[s->stack] : NULL;

	for (size_t i = 0; stack && i < stack->frames_count; i++) {
		const struct measured_frame *f = &x->m->frames[stack->frames[i]];
		const struct turn key = {
			.process = x->m->threads[x->m->waits[s->wait].thread].process,
			.function = f->function,
			.file = f->file,
		};
		const struct turn *found =
			f->function ? bsearch(&key, turns, count, sizeof(key), turn_compare) : NULL;

		if (found)
			return (size_t)(found - turns);
	}
	return MEASURED_NONE;
}

struct search {
	struct turn *turns;
	size_t *turn_of_wait, *turn_of_word;
	uint64_t *longest_ns;          /* of a wait's sites */
	struct overlap *done, *either; /* in the function; with the waits for the word too */
	bool *waits, *works;           /* a thread, for the word and in the function */
};

/* For each wait in whose function its longest site is; those for words are in none's yet. */
static void waits_assign(
	struct search *s, const struct meaning *x, size_t turns, const size_t *word_of_wait)
{
	for (size_t i = 0; i < x->m->waits_count; i++)
		s->turn_of_wait[i] = MEASURED_NONE;
	for (size_t i = 0; i < x->m->sites_count; i++) {
		const struct measured_site *site = &x->m->sites[i];

		if (word_of_wait[site->wait] != MEASURED_NONE ||
			site->total_ns <= s->longest_ns[site->wait])
			continue;
		s->longest_ns[site->wait] = site->total_ns;
		s->turn_of_wait[site->wait] = site_turn(x, site, s->turns, turns);
	}
}

static void words_join(
	struct search *s, const struct meaning *x, size_t turns, const size_t *word_of_wait)
{
	for (size_t i = 0; i < turns; i++)
		s->turn_of_word[s->turns[i].word] = i;
	for (size_t i = 0; i < x->m->waits_count; i++)
		if (word_of_wait[i] != MEASURED_NONE)
			s->turn_of_wait[i] = s->turn_of_word[word_of_wait[i]];
}

/* One is at it at a time, and while somebody waits one is. */
static bool turn_is_taken(const struct search *s, size_t turn, double waited_s)
{
	const struct overlap *done = &s->done[turn];
	double idle_s = s->either[turn].any_s - done->any_s;

	return !s->turns[turn].shared && done->peak == 1 && idle_s <= MARGIN * waited_s;
}

/* Those who are at it without ever waiting; 0 if nobody who waits is: then it is no one's turn. */
static size_t turn_unseen(
	struct search *s, const struct meaning *x, size_t turn, const size_t *word_of_wait)
{
	size_t threads = x->m->threads_count, works = 0, both = 0;

	memset(s->waits, 0, threads * sizeof(*s->waits));
	memset(s->works, 0, threads * sizeof(*s->works));
	for (size_t i = 0; i < x->m->waits_count; i++)
		if (s->turn_of_wait[i] == turn)
			(word_of_wait[i] == MEASURED_NONE ? s->works
							  : s->waits)[x->m->waits[i].thread] = true;
	for (size_t i = 0; i < threads; i++) {
		works += s->works[i];
		both += s->works[i] && s->waits[i];
	}
	return both > 0 ? works - both : 0;
}

static int search_run(struct search *s, const struct meaning *x, size_t turns,
	const size_t *word_of_wait, const struct overlap *overlaps, size_t *ret_unseen)
{
	int error;

	waits_assign(s, x, turns, word_of_wait);
	error = overlap_fill(x, s->turn_of_wait, turns, s->done);
	words_join(s, x, turns, word_of_wait);
	if (!error)
		error = overlap_fill(x, s->turn_of_wait, turns, s->either);
	for (size_t i = 0; i < turns && !error; i++) {
		size_t word = s->turns[i].word;

		if (turn_is_taken(s, i, overlaps[word].any_s))
			ret_unseen[word] = turn_unseen(s, x, i, word_of_wait);
	}
	return error;
}

int python_turns_find(const struct meaning *x, const struct python_word *words, size_t count,
	const size_t *word_of_wait, const struct overlap *overlaps, size_t *ret_unseen)
{
	size_t waits = x->m->waits_count, threads = x->m->threads_count;
	struct search s = {
		.turns = calloc(count + 1, sizeof(*s.turns)),
		.turn_of_wait = calloc(waits + 1, sizeof(*s.turn_of_wait)),
		.turn_of_word = calloc(count + 1, sizeof(*s.turn_of_word)),
		.longest_ns = calloc(waits + 1, sizeof(*s.longest_ns)),
		.done = calloc(count + 1, sizeof(*s.done)),
		.either = calloc(count + 1, sizeof(*s.either)),
		.waits = calloc(threads + 1, sizeof(*s.waits)),
		.works = calloc(threads + 1, sizeof(*s.works)),
	};
	bool is_room = s.turns && s.turn_of_wait && s.turn_of_word && s.longest_ns && s.done &&
		       s.either && s.waits && s.works;
	int error = is_room ? 0 : -ENOMEM;

	for (size_t i = 0; i < count; i++) {
		ret_unseen[i] = 0;
		if (is_room)
			s.turn_of_word[i] = MEASURED_NONE;
	}
	if (is_room)
		error = search_run(&s, x, turns_gather(s.turns, words, count, overlaps),
			word_of_wait, overlaps, ret_unseen);
	free(s.turns);
	free(s.turn_of_wait);
	free(s.turn_of_word);
	free(s.longest_ns);
	free(s.done);
	free(s.either);
	free(s.waits);
	free(s.works);
	return error;
}
