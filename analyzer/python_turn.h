/*
 * python_turn: threads that take a semaphore in turn with those who wait for it, but never wait.
 */
#ifndef CONCADVISE_PYTHON_TURN_H
#define CONCADVISE_PYTHON_TURN_H

#include <stddef.h>

struct meaning;
struct overlap;
struct python_word;

/*
 * word_of_wait and overlaps are those of the words. Fills ret_unseen[0..count-1] with the number of
 * such threads, 0 where it is not sure that they take it. Returns 0 or -ENOMEM.
 */
int python_turns_find(const struct meaning *x, const struct python_word *words, size_t count,
	const size_t *word_of_wait, const struct overlap *overlaps, size_t *ret_unseen);

#endif
