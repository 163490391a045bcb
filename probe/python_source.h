/*
 * python_source: what a code object says of its source, alike in all processes that run it.
 */
#ifndef CONCADVISE_PYTHON_SOURCE_H
#define CONCADVISE_PYTHON_SOURCE_H

#include "bpf/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct python_source {
	char *function, *file; /* UTF-8; NULL: not known */
	int minor, first_line;
	uint8_t *lines; /* its table of lines */
	size_t lines_bytes;
	bool lines_cut;
};

/*
 * What an event of a process says; what it leaves out is read from the process's memory, if that is
 * still there. The event's lines_bytes were checked. False: no memory.
 */
bool python_source_read(int pid, const struct wire_code *w, struct python_source *ret);

/* Frees what it holds. */
void python_source_clear(struct python_source *s);

uint64_t python_source_hash(const struct python_source *s);

#endif
