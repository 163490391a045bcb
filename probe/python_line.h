/*
 * python_line: a code object's table of lines -> the line of one of its instructions.
 */
#ifndef CONCADVISE_PYTHON_LINE_H
#define CONCADVISE_PYTHON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct python_lines {
	int minor; /* 3.minor */
	int first; /* co_firstlineno */
	const uint8_t *table;
	size_t bytes;
	bool cut; /* the table goes on after these */
};

/* at: the instruction, in bytes from the first one. 0: it has none, or the table was cut before. */
int python_line(const struct python_lines *l, uint64_t at);

#endif
