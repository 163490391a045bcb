/*
 * text_make: a text by a format, as printf takes it.
 */
#ifndef CONCADVISE_TEXT_MAKE_H
#define CONCADVISE_TEXT_MAKE_H

/* The caller frees it. NULL: out of memory. */
char *text_make(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
