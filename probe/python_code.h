/*
 * python_code: the code objects that Python frames are of, as the kernel side sent them: which
 * function of which file, and which line an instruction belongs to.
 */
#ifndef CONCADVISE_PYTHON_CODE_H
#define CONCADVISE_PYTHON_CODE_H

#include "bpf/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct python_codes;
struct python_source;

struct python_code {
	const char *function; /* UTF-8: co_qualname from 3.11 on, co_name before. NULL: not known */
	const char *file;     /* co_filename: relative, or "<string>", if that is what it is */
	int first_line;
	bool inner; /* the interpreter's own and of no source: no frame of the program */
	const struct python_source *source; /* for python_code_line() */
	uint64_t instructions;
};

struct python_codes *python_codes_new(void);
void python_codes_free(struct python_codes *c);

/*
 * Keeps what an event says; size is that of the whole event. What it leaves out (what was not in
 * memory, the rest of what is long) is read from the process's memory if that is still there.
 * 0 or a negative errno: -EBADMSG for an event that contradicts itself, -ENOMEM, -ENOSPC when
 * enough are kept.
 */
int python_codes_take(struct python_codes *c, int pid, const struct wire_code *w, size_t size);

/* By wire_python_frame.number. NULL: not known. Valid until python_codes_free(). */
const struct python_code *python_codes_find(const struct python_codes *c, uint32_t number);

/* at: wire_python_frame.at. 0: not known, or the instruction has no line of its own. */
int python_code_line(const struct python_code *code, uint64_t at);

#endif
