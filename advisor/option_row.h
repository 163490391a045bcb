/*
 * option_row: what there is to say of an option, for those who parse and those who tell of them:
 * --help and completions.
 */
#ifndef CONCADVISE_OPTION_ROW_H
#define CONCADVISE_OPTION_ROW_H

#include <stddef.h>

struct options;

struct option_row {
	int code; /* a character is the short form */
	const char *name;
	int argument;                /* of getopt_long */
	unsigned int tasks;          /* bits of the tasks that it has a meaning for */
	const char *usage, *meaning; /* NULL: not for people */
	/* 0; 1 when all was done that was asked for; -EINVAL after saying what is wrong. */
	int (*take)(struct options *o, const char *argument);
};

/* Those of one command line are kept as bits. */
#define OPTIONS_MOST 64

/* All of them, in the order of --help. */
const struct option_row *option_rows(size_t *ret_count);

#endif
