/*
 * printable: text that came from the target, made harmless for a terminal and for JSON.
 *
 * Command lines, thread names, paths and socket names are chosen by whoever wrote or runs the
 * target: control characters could move the cursor, rename the window or reorder the line.
 */
#ifndef CONCADVISE_PRINTABLE_H
#define CONCADVISE_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The length in bytes of the well-formed UTF-8 character (RFC 3629) at the start of text, and its
 * code point. 0: the text does not start with one, or is empty.
 */
size_t utf8_character(const char *text, unsigned int *ret_code);

/* True for what must not reach a terminal: C0 and C1 controls, DEL, and marks that reorder text. */
bool utf8_is_hostile(unsigned int code);

/*
 * A copy in which what is hostile reads "\x1b" or "\u202e". With utf8 false, everything beyond
 * ASCII is written so. NULL when out of memory; the caller frees it.
 */
char *printable_text(const char *text, bool utf8);

/* A copy for a JSON string: bytes that are not UTF-8 become U+FFFD; the rest is as it was. */
char *printable_utf8(const char *text);

#endif
