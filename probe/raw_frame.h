/*
 * raw_frame: the distinct places in programs that chains of calls go through, before they get their
 * names.
 *
 * Kept as they come and named once, at the end: that costs the machine nothing while it measures.
 * Python's are told by what they say, so that processes forked from one program share them.
 */
#ifndef CONCADVISE_RAW_FRAME_H
#define CONCADVISE_RAW_FRAME_H

#include "table.h"

#include <stddef.h>
#include <stdint.h>

#define RAW_FRAMES_MAX 16384 /* of at most 100 bytes and two names each */
#define RAW_NONE UINT32_MAX
#define RAW_HIDDEN (UINT32_MAX - 1) /* the interpreter's own: no frame of the program */

enum raw_kind {
	RAW_NATIVE,    /* in a module */
	RAW_GENERATED, /* in memory of a process that no file is mapped to */
	RAW_PYTHON,
};

struct raw_frame {
	enum raw_kind kind;
	struct module *module;
	int pid;               /* generated, and Python code that could not be read: whose, */
	size_t process;        /* and that of several with this pid: row in the measurement */
	uint64_t address;      /* linked; absolute of generated code; that of the code object */
	char *function, *file; /* Python; NULL: not known */
	int line;              /* Python; 0: not known */
};

struct raw_frames {
	struct raw_frame *rows;
	size_t count;
	struct table places;
};

void raw_frames_free(struct raw_frames *f);

/* The row that is like this one, which is added if there is none; strings are copied. RAW_NONE: no
 * room for more. */
uint32_t raw_frame_row(struct raw_frames *f, const struct raw_frame *like);

#endif
