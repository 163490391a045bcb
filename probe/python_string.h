/*
 * python_string: a Python str as it lies in memory -> UTF-8.
 */
#ifndef CONCADVISE_PYTHON_STRING_H
#define CONCADVISE_PYTHON_STRING_H

#include <stddef.h>
#include <stdint.h>

/*
 * header: the size of PyASCIIObject, as in wire_python.string_header, by which builds of all
 * versions are told apart.
 *
 * How many bytes the object whose first `bytes` are here occupies; 0: it is no str.
 */
size_t python_string_size(const uint8_t *object, size_t bytes, size_t header);

#define PYTHON_STRING_CUT "\xe2\x80\xa6" /* U+2026, an ellipsis */

/*
 * Its text, to be freed. Of an object that goes on after these bytes: as much as there is, and
 * PYTHON_STRING_CUT. What cannot be shown as text (control characters, halves of surrogate pairs)
 * becomes U+FFFD. NULL: it is no str, or no memory.
 */
char *python_string_text(const uint8_t *object, size_t bytes, size_t header);

#endif
