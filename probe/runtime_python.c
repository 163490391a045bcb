/*
 * runtime_python: where CPython keeps its global lock.
 *
 * From 3.7 on all of it lies inside the exported variable _PyRuntime, whose address and size are in
 * the dynamic symbol table of even a stripped build; 3.6 keeps it in .bss. A free-threaded build
 * has none.
 */
#include "runtime_python.h"

#include "image.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Where struct _gil_runtime_state begins inside _PyRuntime, and pthread_t inside PyThreadState, on
 * 64 bits. From CPython's Include/internal/pycore_{runtime,interp,gil}.h and pystate.h of each
 * version; the tests compare them with the debug information of real builds. The kernel side checks
 * the state before it believes it, so a build that differs shows "not known".
 */
static const struct layout {
	int minor;
	uint32_t gil, thread_id;
} layouts[] = {
	{7, 1264, 176},
	{8, 1152, 176},
	{9, 352, 176},
	{10, 352, 176},
	{11, 360, 152},
	{12, 77432, 136},
	{13, 96104, 152},
};

/* The start of _Py_DebugOffsets, which is the start of _PyRuntime from 3.13 on. */
struct debug_offsets {
	char cookie[8];
	uint64_t version, free_threaded;
};
#define DEBUG_COOKIE "xdebugpy"

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

/* "python3.8" or "libpython3.6m.so.1.0" somewhere in a text. */
static bool version_from_name(struct python_image *p, const char *text, size_t size)
{
	static const char word[] = "python";
	const char *end = text + size, *at = text;

	while ((at = memmem(at, end - at, word, sizeof(word) - 1))) {
		char number[8] = "";

		at += sizeof(word) - 1;
		memcpy(number, at, (size_t)(end - at) < 7 ? (size_t)(end - at) : 7);
		if (sscanf(number, "%d.%d", &p->major, &p->minor) == 2 && p->major >= 2 &&
			p->major <= 3)
			return true;
	}
	p->major = p->minor = 0;
	return false;
}

/* The full version is the tail of a constant such as "Python 3.8.18". */
static void version_complete(const struct image *i, struct python_image *p)
{
	char prefix[16];
	size_t size;
	const char *text = image_section_data(i, ".rodata", &size), *end = text + size, *at = text;
	int length = snprintf(prefix, sizeof(prefix), "%d.%d.", p->major, p->minor);

	snprintf(p->version, sizeof(p->version), "%d.%d", p->major, p->minor);
	while (text && (at = memmem(at, end - at, prefix, length))) {
		const char *digits = at + length;
		size_t n = 0;

		while (digits + n < end && isalnum((unsigned char)digits[n]))
			n++;
		if (n > 0 && n < 8 && isdigit((unsigned char)*digits) && digits + n < end &&
			digits[n] == '\0') {
			snprintf(p->version, sizeof(p->version), "%s", at);
			return;
		}
		at = digits;
	}
}

static void version_read(const struct image *i, const char *path, struct python_image *p)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	struct image_symbol symbol;
	const char *text;
	uint32_t number;
	size_t size;

	if (image_find_symbol(i, "Py_Version", &symbol) &&
		image_read(i, symbol.value, &number, sizeof(number))) {
		version_from_number(p, number);
		return;
	}
	if (!version_from_name(p, name, strlen(name))) {
		text = image_section_data(i, ".rodata", &size);
		if (!text || !version_from_name(p, text, size))
			return;
	}
	version_complete(i, p);
}

static void layout_apply(struct python_image *p)
{
	for (size_t n = 0; n < sizeof(layouts) / sizeof(*layouts); n++) {
		if (layouts[n].minor != p->minor)
			continue;
		p->gil_known = true;
		p->gil.interval = p->lock_start + layouts[n].gil;
		p->gil.thread_id = layouts[n].thread_id;
	}
}

/* 3.13 and later say by themselves whether they are free-threaded. */
static bool free_threaded(const struct image *i, uint64_t runtime)
{
	struct debug_offsets d;

	return image_read(i, runtime, &d, sizeof(d)) &&
	       memcmp(d.cookie, DEBUG_COOKIE, sizeof(d.cookie)) == 0 && d.free_threaded;
}

void python_image_read(const struct image *i, const char *path, struct python_image *ret)
{
	struct image_symbol place;

	*ret = (struct python_image){.global_lock = true};
	version_read(i, path, ret);
	if (image_find_symbol(i, "_PyRuntime", &place)) {
		if (free_threaded(i, place.value)) {
			ret->global_lock = false;
			strncat(ret->version, "t", sizeof(ret->version) - strlen(ret->version) - 1);
			return;
		}
		ret->lock_start = place.value;
		ret->lock_end = place.value + place.size;
		layout_apply(ret);
	} else if (ret->major == 3 && image_find_section(i, ".bss", &place)) {
		ret->lock_start = place.value;
		ret->lock_end = place.value + place.size;
	}
}
