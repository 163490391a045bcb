/*
 * python_word: the semaphores that a Python program's threads wait for, and on which lines they do.
 */
#ifndef CONCADVISE_PYTHON_WORD_H
#define CONCADVISE_PYTHON_WORD_H

#include <stddef.h>
#include <stdint.h>

struct meaning;
struct measured_frame;

/* A semaphore in a process. */
struct python_word {
	size_t process, wait; /* one of the waits for it */
	uint64_t address;
	double own_s, known_s; /* waited on lines of the program's own; wherever known */
	const struct measured_frame *line; /* the one of these with the longest waits; NULL: none */
	double line_s;                     /* waited there */
};

/*
 * Numbers the words and says which one each wait is for: MEASURED_NONE for none. Both arrays have
 * room for as many as there are waits. Returns how many words there are.
 */
size_t python_words_find(
	const struct meaning *x, struct python_word *ret_words, size_t *ret_word_of_wait);

#endif
