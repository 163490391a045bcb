/*
 * terminal: how a report may look where it goes: colour, width, characters beyond ASCII.
 */
#ifndef CONCADVISE_TERMINAL_H
#define CONCADVISE_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct style {
	bool colour, utf8;
	int width;     /* in columns */
	int verbosity; /* -1: the verdict alone, 0, 1: everything */
	bool explain;  /* also every rule that was considered */
};

/* Fills colour, utf8 and width for this stream; setlocale() must have been called. */
void terminal_style(FILE *to, enum colour colour, struct style *ret);

/* How wide the terminal is that the stream goes to; 80: it is none, or does not tell. */
int terminal_columns(FILE *to);

/* It is a terminal that can move the cursor and erase what was written. */
bool terminal_rewrites(FILE *to);

#endif
