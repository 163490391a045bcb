/* runtime_python: version, lock and layout of a CPython image. Addresses are as linked. */
#ifndef CONCADVISE_RUNTIME_PYTHON_H
#define CONCADVISE_RUNTIME_PYTHON_H

#include "bpf/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct image;

struct python_image {
	int major, minor; /* 0: not known */
	char version[32]; /* "3.11.2", "3.13.0t"; empty: not known */
	bool global_lock; /* false for a free-threaded build */
	uint64_t lock_start, lock_end;
	bool gil_known;
	struct wire_gil gil;
	bool frames_known;
	struct wire_python frames;
};

/* Looks into an image that defines Python's symbols; path helps with the version of old ones. */
void python_image_read(const struct image *i, const char *path, struct python_image *ret);

#endif
