/*
 * python_layout: from the start of CPython's _PyRuntime, or else its version, to where it keeps its
 * GIL and its threads' frames.
 */
#ifndef CONCADVISE_PYTHON_LAYOUT_H
#define CONCADVISE_PYTHON_LAYOUT_H

#include "bpf/wire.h"

#include <stdbool.h>
#include <stdint.h>

/* The start of _PyRuntime as the file has it; zeros: the file does not have it. */
struct python_head {
	uint64_t words[96];
};

/* What 3.13 and later say of themselves in there, also those too new for the rest. */
struct python_published {
	uint32_t version; /* PY_VERSION_HEX */
	bool free_threaded;
};

/* False: it says nothing of itself. */
bool python_layout_published(const struct python_head *head, struct python_published *ret);

/* runtime: the address of _PyRuntime. False: it is not known where the GIL is. */
bool python_layout_find(
	int minor, const struct python_head *head, uint64_t runtime, struct wire_gil *ret);

/* The same for the frames of its threads, which free-threaded builds have too. */
bool python_layout_frames(
	int minor, const struct python_head *head, uint64_t runtime, struct wire_python *ret);

#endif
