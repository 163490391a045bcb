/*
 * python_string: CPython's compact strings (PEP 393).
 *
 * A header, a word of flags, then the characters, each of 1, 2 or 4 bytes; what is not pure ASCII
 * has a longer header. Names and file names in code objects are always compact. From CPython's
 * Include/cpython/unicodeobject.h.
 */
#include "python_string.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHARACTERS_MAX (1 << 24) /* far more than names have; a larger length is no length */
#define REPLACEMENT 0xfffd

/* Offsets, by the size of PyASCIIObject. */
static const struct layout {
	size_t ascii; /* where ASCII characters begin: its size */
	size_t wide;  /* where others begin: the size of PyCompactUnicodeObject */
	size_t length, state;
} layouts[] = {
	{.ascii = 48, .wide = 72, .length = 16, .state = 32}, /* up to 3.11 */
	{.ascii = 40, .wide = 56, .length = 16, .state = 32}, /* from 3.12 on */
	{.ascii = 56, .wide = 72, .length = 32, .state = 48}, /* free-threaded */
};

struct string {
	size_t kind; /* bytes of a character */
	size_t length;
	size_t data;
};

/* Bits of the flags, above those of `interned`. */
enum { KIND = 7, COMPACT = 1 << 3, ASCII = 1 << 4 };

static const struct layout *layout_find(size_t header)
{
	for (size_t n = 0; n < sizeof(layouts) / sizeof(*layouts); n++)
		if (layouts[n].ascii == header)
			return &layouts[n];
	return NULL;
}

/* `interned` takes two bits; a whole byte in free-threaded builds from 3.14 on, where the bits that
 * are `kind` elsewhere stay 0, which is no kind. */
static unsigned flags_read(const uint8_t *state)
{
	unsigned flags = state[0] >> 2;

	return flags & KIND ? flags : state[1];
}

static bool string_read(const uint8_t *object, size_t bytes, size_t header, struct string *ret)
{
	const struct layout *l = layout_find(header);
	uint64_t length;
	unsigned flags;

	if (!l || bytes < l->ascii)
		return false;
	memcpy(&length, object + l->length, sizeof(length));
	flags = flags_read(object + l->state);
	*ret = (struct string){
		.kind = flags & KIND,
		.length = length,
		.data = flags & ASCII ? l->ascii : l->wide,
	};
	return flags & COMPACT && length <= CHARACTERS_MAX &&
	       (ret->kind == 1 || ret->kind == 2 || ret->kind == 4) &&
	       (ret->kind == 1 || !(flags & ASCII));
}

size_t python_string_size(const uint8_t *object, size_t bytes, size_t header)
{
	struct string s;

	/* A character 0 ends it. */
	return string_read(object, bytes, header, &s) ? s.data + (s.length + 1) * s.kind : 0;
}

static uint32_t character_at(const uint8_t *at, size_t kind)
{
	uint32_t c = 0;

	memcpy(&c, at, kind);
	if (c < ' ' || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return REPLACEMENT;
	return c;
}

static char *utf8_put(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = c;
		return to;
	}
	if (c < 0x800) {
		*to++ = 0xc0 | c >> 6;
	} else {
		if (c < 0x10000) {
			*to++ = 0xe0 | c >> 12;
		} else {
			*to++ = 0xf0 | c >> 18;
			*to++ = 0x80 | (c >> 12 & 0x3f);
		}
		*to++ = 0x80 | (c >> 6 & 0x3f);
	}
	*to++ = 0x80 | (c & 0x3f);
	return to;
}

char *python_string_text(const uint8_t *object, size_t bytes, size_t header)
{
	struct string s;
	size_t count;
	char *text, *to;

	if (!string_read(object, bytes, header, &s))
		return NULL;
	count = bytes > s.data ? (bytes - s.data) / s.kind : 0;
	if (count > s.length)
		count = s.length;
	text = to = malloc(4 * count + sizeof(PYTHON_STRING_CUT));
	if (!text)
		return NULL;
	for (size_t n = 0; n < count; n++)
		to = utf8_put(to, character_at(object + s.data + n * s.kind, s.kind));
	if (count < s.length)
		memcpy(to, PYTHON_STRING_CUT, sizeof(PYTHON_STRING_CUT));
	else
		*to = '\0';
	return text;
}
