/*
 * word: a named piece of text that a profile gives to a rule's messages, as metrics give numbers.
 */
#ifndef CONCADVISE_WORD_H
#define CONCADVISE_WORD_H

#include <stddef.h>

struct profile;

struct word {
	const char *name;                       /* "wait.object" */
	const char *meaning;                    /* one line, for rules' authors */
	char *(*text)(const struct profile *p); /* malloc'ed; NULL: not known */
};

const struct word *word_all(size_t *ret_count);

/* NULL when there is none of that name. */
const struct word *word_find(const char *name);

/* NULL: not known (or there is no such word). The caller frees it. */
char *word_text(const struct word *word, const struct profile *p);

#endif
