/*
 * text_make: a text by a format, as printf takes it; and texts that may not be there.
 */
#ifndef CONCADVISE_TEXT_MAKE_H
#define CONCADVISE_TEXT_MAKE_H

/* The caller frees it. NULL: out of memory. */
char *text_make(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Orders them as strcmp() does; NULL is as an empty one. */
int text_compare(const char *a, const char *b);

#endif
