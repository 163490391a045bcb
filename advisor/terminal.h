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

#endif
