/*
 * python_source: from the event of a code object to its names and its table of lines.
 *
 * What an event could not hold is read from the process. That may have freed it meanwhile, so what
 * is read has to begin with what was sent.
 */
#include "python_source.h"

#include "python_string.h"
#include "table.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#define TEXT_HEAD 72        /* the longest header of a str */
#define TEXT_MAX 4096       /* PATH_MAX */
#define LINES_MAX (1 << 20) /* a code object of some 100,000 lines */

/* PyBytesObject behind its reference count and type. */
static size_t bytes_size_at(size_t string_header)
{
	enum { FREE_THREADED = 56 };

	return string_header == FREE_THREADED ? 32 : 16;
}

static size_t bytes_data_at(size_t string_header)
{
	return bytes_size_at(string_header) + 2 * sizeof(uint64_t); /* size, hash */
}

static bool process_read(int pid, uint64_t address, void *to, size_t size)
{
	struct iovec here = {.iov_base = to, .iov_len = size};
	struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = size};

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

static char *text_read(int pid, uint64_t address, size_t header)
{
	uint8_t object[TEXT_MAX];
	size_t size;

	if (!address || !process_read(pid, address, object, TEXT_HEAD))
		return NULL;
	size = python_string_size(object, TEXT_HEAD, header);
	if (size > sizeof(object))
		size = sizeof(object);
	if (!size || !process_read(pid, address, object, size))
		return NULL;
	return python_string_text(object, size, header);
}

static char *text_take(const uint8_t *sent, int pid, uint64_t address, size_t header)
{
	size_t size = python_string_size(sent, WIRE_TEXT_BYTES, header), known;
	char *text = size ? python_string_text(sent, WIRE_TEXT_BYTES, header) : NULL, *whole;

	if (size && size <= WIRE_TEXT_BYTES)
		return text;
	whole = text_read(pid, address, header);
	known = text ? strlen(text) - strlen(PYTHON_STRING_CUT) : 0;
	if (whole && (!text || strncmp(whole, text, known) == 0)) {
		free(text);
		return whole;
	}
	free(whole);
	return text;
}

static size_t lines_whole(int pid, const struct wire_code *w)
{
	uint64_t size = w->lines_whole;

	if (w->lines_whole == WIRE_LINES_UNKNOWN &&
		!process_read(pid, w->lines_address + bytes_size_at(w->string_header), &size,
			sizeof(size)))
		return LINES_MAX + 1;
	return size;
}

static bool lines_take(int pid, const struct wire_code *w, struct python_source *ret)
{
	size_t whole = lines_whole(pid, w);
	uint8_t *all;

	ret->lines_bytes = w->lines_bytes;
	ret->lines = malloc(w->lines_bytes ? w->lines_bytes : 1);
	if (!ret->lines)
		return false;
	memcpy(ret->lines, w->lines, w->lines_bytes);
	ret->lines_cut = whole > w->lines_bytes;
	if (!ret->lines_cut || whole > LINES_MAX)
		return true;
	all = malloc(whole);
	if (all &&
		process_read(pid, w->lines_address + bytes_data_at(w->string_header), all, whole) &&
		memcmp(all, w->lines, w->lines_bytes) == 0) {
		free(ret->lines);
		ret->lines = all;
		ret->lines_bytes = whole;
		ret->lines_cut = false;
		return true;
	}
	free(all);
	return true;
}

bool python_source_read(int pid, const struct wire_code *w, struct python_source *ret)
{
	*ret = (struct python_source){
		.function = text_take(w->name, pid, w->name_address, w->string_header),
		.file = text_take(w->file, pid, w->file_address, w->string_header),
		.minor = w->minor,
		.first_line = w->first_line <= INT_MAX ? (int)w->first_line : 0,
	};
	return lines_take(pid, w, ret);
}

void python_source_clear(struct python_source *s)
{
	free(s->function);
	free(s->file);
	free(s->lines);
	*s = (struct python_source){0};
}

static uint64_t bytes_mix(uint64_t hash, const void *bytes, size_t size)
{
	for (size_t n = 0; n < size; n++)
		hash = table_mix(hash, ((const uint8_t *)bytes)[n]);
	return table_mix(hash, size);
}

uint64_t python_source_hash(const struct python_source *s)
{
	uint64_t hash = table_mix((uint64_t)s->minor << 32 | (uint32_t)s->first_line, s->lines_cut);

	hash = bytes_mix(hash, s->function, s->function ? strlen(s->function) : 0);
	hash = bytes_mix(hash, s->file, s->file ? strlen(s->file) : 0);
	return bytes_mix(hash, s->lines, s->lines_bytes);
}
