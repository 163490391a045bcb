/*
 * go_table: names, lines and inlined functions from the tables that every Go program carries.
 *
 * The runtime needs them for its own stack traces, so they are there in stripped programs too.
 */
#ifndef CONCADVISE_GO_TABLE_H
#define CONCADVISE_GO_TABLE_H

#include "symbol.h"

struct image;
struct go_table;

/* Borrows the image, which must outlive it. NULL: not a Go program, or of Go before 1.18. */
struct go_table *go_table_open(const struct image *i);
void go_table_free(struct go_table *t);

/* As symbol_name(); strings live as long as the table. */
size_t go_table_find(
	const struct go_table *t, uint64_t linked, struct symbol_frame *ret, size_t max);

#endif
