/*
 * runtime_python: which CPython a file is, and where it keeps its global lock and its frames.
 *
 * From 3.7 on all of it lies inside the exported variable _PyRuntime, whose address and size are in
 * the dynamic symbol table of even a stripped build, and from 3.10 on in a section of its own; 3.6
 * keeps it in .bss. A free-threaded build has none.
 */
#include "runtime_python.h"

#include "image.h"
#include "python_layout.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD "python"
#define NUMBER_MAX 7 /* of "3.11.12" no more than this is looked at, */
#define TAIL_MAX 8   /* and of what comes after its second dot less than this */

static void version_from_number(struct python_image *p, uint32_t hex)
{
	static const char *const levels[16] = {[0xa] = "a", [0xb] = "b", [0xc] = "rc"};
	const char *level = levels[(hex >> 4) & 0xf];

	p->major = hex >> 24;
	p->minor = (hex >> 16) & 0xff;
	snprintf(p->version, sizeof(p->version), "%d.%d.%u", p->major, p->minor, (hex >> 8) & 0xff);
	if (level)
		snprintf(p->version + strlen(p->version), sizeof(p->version) - strlen(p->version),
			"%s%u", level, hex & 0xf);
}

/* "python3.8" or "libpython3.6m.so.1.0" somewhere in a text that has NUMBER_MAX bytes after it. */
static bool version_from_name(struct python_image *p, const char *text, size_t size)
{
	const char *end = text + size, *at = text;

	while ((at = memmem(at, end - at, WORD, sizeof(WORD) - 1))) {
		char number[NUMBER_MAX + 1] = "";

		at += sizeof(WORD) - 1;
		if (end - at < NUMBER_MAX)
			break;
		memcpy(number, at, NUMBER_MAX);
		if (sscanf(number, "%d.%d", &p->major, &p->minor) == 2 && p->major >= 2 &&
			p->major <= 3)
			return true;
	}
	p->major = p->minor = 0;
	return false;
}

struct version_search {
	struct python_image *p;
	char prefix[16];
};

/* The full version is the tail of a constant such as "Python 3.8.18". */
static bool version_look(void *context, const char *bytes, size_t size, uint64_t place)
{
	const struct version_search *s = context;
	size_t length = strlen(s->prefix);
	const char *end = bytes + size, *at = bytes;

	(void)place;
	while ((at = memmem(at, end - at, s->prefix, length))) {
		const char *digits = at + length;
		size_t n = 0;

		while (digits + n < end && isalnum((unsigned char)digits[n]))
			n++;
		if (n > 0 && n < TAIL_MAX && isdigit((unsigned char)*digits) && digits + n < end &&
			digits[n] == '\0') {
			snprintf(s->p->version, sizeof(s->p->version), "%s", at);
			return true;
		}
		at = digits;
	}
	return false;
}

static void version_complete(const struct image *i, struct python_image *p)
{
	struct version_search s = {.p = p};

	snprintf(s.prefix, sizeof(s.prefix), "%d.%d.", p->major, p->minor);
	snprintf(p->version, sizeof(p->version), "%d.%d", p->major, p->minor);
	image_section_look(i, ".rodata", sizeof(s.prefix) + TAIL_MAX, version_look, &s);
}

static bool name_look(void *context, const char *bytes, size_t size, uint64_t at)
{
	(void)at;
	return version_from_name(context, bytes, size);
}

static void version_read(const struct image *i, const char *path, struct python_image *p)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	char padded[NAME_MAX + 1 + NUMBER_MAX] = "";
	struct image_symbol symbol;
	uint32_t number;

	if (image_find_symbol(i, "Py_Version", &symbol) &&
		image_read(i, symbol.value, &number, sizeof(number))) {
		version_from_number(p, number);
		return;
	}
	strncpy(padded, name, NAME_MAX);
	if (!version_from_name(p, padded, sizeof(padded)))
		image_section_look(i, ".rodata", sizeof(WORD) + NUMBER_MAX, name_look, p);
	if (p->major)
		version_complete(i, p);
}

/* A stripped program that exports nothing still has the section, from 3.10 on. */
static bool runtime_place(const struct image *i, struct image_symbol *ret)
{
	return image_find_symbol(i, "_PyRuntime", ret) || image_find_section(i, ".PyRuntime", ret);
}

static void lock_place(struct python_image *p, const struct image_symbol *place)
{
	p->lock_start = place->value;
	p->lock_end = place->value + place->size;
}

void python_image_read(const struct image *i, const char *path, struct python_image *ret)
{
	struct python_published published = {0};
	struct python_head head = {0};
	struct image_symbol place;
	bool placed = runtime_place(i, &place);

	*ret = (struct python_image){.global_lock = true};
	if (placed && !image_read(i, place.value, &head, sizeof(head)))
		head = (struct python_head){0};
	if (python_layout_published(&head, &published))
		version_from_number(ret, published.version);
	else
		version_read(i, path, ret);
	if (placed)
		ret->frames_known =
			python_layout_frames(ret->minor, &head, place.value, &ret->frames);
	if (published.free_threaded) {
		ret->global_lock = false;
		strncat(ret->version, "t", sizeof(ret->version) - strlen(ret->version) - 1);
	} else if (placed) {
		lock_place(ret, &place);
		ret->gil_known = python_layout_find(ret->minor, &head, place.value, &ret->gil);
	} else if (ret->major == 3 && image_find_section(i, ".bss", &place)) {
		lock_place(ret, &place);
	}
}
