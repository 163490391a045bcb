/*
 * line: a line of the program in words, by whatever is known of it.
 */
#ifndef CONCADVISE_LINE_H
#define CONCADVISE_LINE_H

#include <stdbool.h>

/* Strings are borrowed; NULL: not known. */
struct line {
	const char *function;
	const char *file; /* as short as it can be told from others */
	int number;       /* in the file; 0: not known */
	const char *module;
	const char *offset; /* in the module: "0x1a2b" */
	bool generated;     /* code that a runtime runs, without a name */
};

/*
 * "app.py:14 fetch_data", "work (xz)" without debug information, "xz+0x1a2b" without a name.
 * malloc'ed; NULL: out of memory.
 */
char *line_text(const struct line *l);

/* The same where nothing but the module is known: "xz". */
char *line_module_text(const struct line *l);

#endif
