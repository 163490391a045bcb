/*
 * python_line: the three forms that CPython's table of lines has had.
 *
 * Up to 3.9 co_lnotab: pairs of how far the next line's first instruction is, and how far that line
 * is. 3.10 (PEP 626): pairs of how long a range of instructions is, and how far its line is from
 * the last one's. From 3.11 on (PEP 657) ranges with columns, which are passed over. A line further
 * away than a byte can say takes several entries of no length. See Objects/lnotab_notes.txt of 3.10
 * and Objects/locations.md of 3.11.
 */
#include "python_line.h"

#include <limits.h>

#define CODE_UNIT 2UL /* bytes */

static int64_t line_of_pairs(const struct python_lines *l, uint64_t at)
{
	uint64_t next = 0;
	int64_t line = l->first;

	for (size_t n = 0; n + 2 <= l->bytes; n += 2) {
		next += l->table[n];
		if (next > at)
			return line;
		line += (int8_t)l->table[n + 1];
	}
	return l->cut ? 0 : line;
}

static int64_t line_of_ranges(const struct python_lines *l, uint64_t at)
{
	enum { NO_LINE = -128 };
	uint64_t end = 0;
	int64_t line = l->first;

	for (size_t n = 0; n + 2 <= l->bytes; n += 2) {
		int step = (l->table[n + 1] ^ 0x80) - 0x80; /* a signed byte */

		end += l->table[n];
		line += step == NO_LINE ? 0 : step;
		if (at < end)
			return step == NO_LINE ? 0 : line;
	}
	return 0;
}

/* Six bits in each byte, the lowest first; bit 6 says that there is more. False: cut. */
static bool number_read(const struct python_lines *l, size_t *n, int *ret)
{
	uint32_t number = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		if (*n >= l->bytes || shift > 30)
			return false;
		byte = l->table[(*n)++];
		number |= (uint32_t)(byte & 0x3f) << shift;
		shift += 6;
	} while (byte & 0x40);
	/* The lowest bit is the sign. */
	*ret = number & 1 ? -(int)(number >> 1) : (int)(number >> 1);
	return true;
}

/* An entry begins with the only byte that has bit 7: four bits of form, three of length. */
enum { ENTRY = 0x80, FORM_ONE_LINE = 10, FORM_NO_COLUMNS = 13, FORM_LONG, FORM_NO_LINE };

/* How far the entry's line is from the last one's; *n is after its first byte. */
static bool step_read(const struct python_lines *l, size_t *n, int form, int *ret)
{
	*ret = 0;
	if (form == FORM_NO_COLUMNS || form == FORM_LONG)
		return number_read(l, n, ret);
	if (form >= FORM_ONE_LINE && form < FORM_NO_COLUMNS)
		*ret = form - FORM_ONE_LINE;
	return true;
}

static int64_t line_of_locations(const struct python_lines *l, uint64_t at)
{
	uint64_t end = 0;
	int64_t line = l->first;
	size_t n = 0;

	while (n < l->bytes) {
		uint8_t head = l->table[n++];
		int form = head >> 3 & 15, step;

		if (!(head & ENTRY) || !step_read(l, &n, form, &step))
			return 0;
		line += step;
		end += ((head & 7) + 1) * CODE_UNIT;
		if (at < end)
			return form == FORM_NO_LINE ? 0 : line;
		while (n < l->bytes && !(l->table[n] & ENTRY))
			n++;
	}
	return 0;
}

int python_line(const struct python_lines *l, uint64_t at)
{
	int64_t line = l->minor <= 9    ? line_of_pairs(l, at)
		       : l->minor == 10 ? line_of_ranges(l, at)
					: line_of_locations(l, at);

	return line > 0 && line <= INT_MAX ? (int)line : 0;
}
