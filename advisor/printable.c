/*
 * printable: harmless copies of text that came from the target.
 */
#include "printable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The widest escape is "\U0010ffff". */
#define ESCAPE_LENGTH 10
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static size_t sequence_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if ((first & 0xf0) == 0xe0)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* Longer forms of a code that fits a shorter one, surrogates and codes beyond Unicode. */
static bool is_malformed(unsigned int code, size_t length)
{
	static const unsigned int least[] = {0, 0, 0x80, 0x800, 0x10000};

	return code < least[length] || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff;
}

size_t utf8_character(const char *text, unsigned int *ret_code)
{
	const unsigned char *byte = (const unsigned char *)text;
	size_t length = sequence_length(byte[0]);
	unsigned int code;

	if (length == 0 || byte[0] == '\0')
		return 0;
	code = length == 1 ? byte[0] : byte[0] & (0xffU >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (byte[i] & 0x3f);
	}
	if (is_malformed(code, length))
		return 0;
	*ret_code = code;
	return length;
}

bool utf8_is_hostile(unsigned int code)
{
	static const struct {
		unsigned int first, last;
	} ranges[] = {
		{0x00, 0x1f},     /* C0 controls */
		{0x7f, 0x9f},     /* DEL and C1 controls */
		{0x061c, 0x061c}, /* Arabic letter mark */
		{0x200b, 0x200f}, /* zero width, left-to-right and right-to-left marks */
		{0x2028, 0x202e}, /* line and paragraph separators, embeddings and overrides */
		{0x2060, 0x206f}, /* invisible operators, isolates */
		{0xfeff, 0xfeff}, /* byte order mark */
		{0xfff9, 0xfffb}, /* interlinear annotation */
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

static size_t escape(char *to, unsigned int code)
{
	const char *format = code < 0x100 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x";

	return (size_t)sprintf(to, format, code);
}

char *printable_text(const char *text, bool utf8)
{
	char *copy = malloc(strlen(text) * ESCAPE_LENGTH + 1), *to = copy;

	if (!copy)
		return NULL;
	while (*text) {
		unsigned int code = 0;
		size_t length = utf8_character(text, &code);

		if (length == 0) {
			to += escape(to, (unsigned char)*text++);
			continue;
		}
		if (utf8_is_hostile(code) || (!utf8 && code > 0x7e))
			to += escape(to, code);
		else
			to = (char *)memcpy(to, text, length) + length;
		text += length;
	}
	*to = '\0';
	return copy;
}

char *printable_utf8(const char *text)
{
	char *copy = malloc(strlen(text) * strlen(REPLACEMENT) + 1), *to = copy;

	if (!copy)
		return NULL;
	while (*text) {
		unsigned int code;
		size_t length = utf8_character(text, &code);
		const char *from = length > 0 ? text : REPLACEMENT;
		size_t size = length > 0 ? length : strlen(REPLACEMENT);

		to = (char *)memcpy(to, from, size) + size;
		text += length > 0 ? length : 1;
	}
	*to = '\0';
	return copy;
}
