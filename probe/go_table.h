/*
 * go_table: names and lines from the table that every Go program carries (.gopclntab).
 *
 * The runtime needs it for its own stack traces, so it is there in stripped programs too. It does
 * not tell what was inlined: the function is the one that exists as code, the line that of the
 * innermost source.
 */
#ifndef CONCADVISE_GO_TABLE_H
#define CONCADVISE_GO_TABLE_H

#include "symbol.h"

struct image;
struct go_table;

/* Borrows the image, which must outlive it. NULL: not a Go program, or of Go before 1.16. */
struct go_table *go_table_open(const struct image *i);
void go_table_free(struct go_table *t);

/* Strings live as long as the table. */
bool go_table_find(const struct go_table *t, uint64_t linked, struct symbol_frame *ret);

#endif
