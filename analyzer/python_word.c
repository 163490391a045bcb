/*
 * python_word: waits of one kind, grouped by address; and the innermost of Python's frames at them.
 */
#include "python_word.h"

#include "code.h"
#include "meaning.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* FUTEX_WAIT_BITSET, private, by the clock of the day: glibc's sem_wait(), when it is 0. */
#define SEMAPHORE_OP 0x189

static bool wait_is_semaphores(const struct meaning *x, size_t wait)
{
	const struct measured_wait *w = &x->m->waits[wait];

	return x->states[wait] == STATE_SYNC && w->futex_address && w->futex_op == SEMAPHORE_OP &&
	       w->futex_value == 0 && meaning_runs(x, x->m->threads[w->thread].process, "cpython");
}

static int word_compare(const void *a, const void *b)
{
	const struct python_word *x = a, *y = b;

	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

static size_t words_number(
	const struct meaning *x, struct python_word *words, size_t *ret_word_of_wait)
{
	size_t waits = 0, count = 0;

	for (size_t i = 0; i < x->m->waits_count; i++) {
		const struct measured_wait *w = &x->m->waits[i];

		ret_word_of_wait[i] = MEASURED_NONE;
		if (wait_is_semaphores(x, i))
			words[waits++] =
				(struct python_word){.process = x->m->threads[w->thread].process,
					.wait = i,
					.address = w->futex_address};
	}
	qsort(words, waits, sizeof(*words), word_compare);
	for (size_t i = 0; i < waits; i++) {
		if (i == 0 || word_compare(&words[count - 1], &words[i]) != 0)
			words[count++] = words[i];
		ret_word_of_wait[words[i].wait] = count - 1;
	}
	return count;
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

/* The innermost of Python's frames at a site. NULL: none is known. */
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

static void site_add(
	struct python_word *w, const struct measurement *m, const struct measured_site *s)
{
	const struct measured_frame *f = python_frame(m, s->stack);
	double total_s = (double)s->total_ns / 1e9;

	if (!f)
		return;
	w->known_s += total_s;
	if (!frame_locks(m, f))
		return;
	w->own_s += total_s;
	if (total_s > w->line_s) {
		w->line = f;
		w->line_s = total_s;
	}
}

size_t python_words_find(
	const struct meaning *x, struct python_word *ret_words, size_t *ret_word_of_wait)
{
	size_t count = words_number(x, ret_words, ret_word_of_wait);

	for (size_t i = 0; i < x->m->sites_count; i++) {
		const struct measured_site *s = &x->m->sites[i];
		size_t word = ret_word_of_wait[s->wait];

		if (word != MEASURED_NONE)
			site_add(&ret_words[word], x->m, s);
	}
	return count;
}
