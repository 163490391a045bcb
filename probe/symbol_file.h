/*
 * symbol_file: all that one mapped file, and what belongs to it, says of its addresses.
 */
#ifndef CONCADVISE_SYMBOL_FILE_H
#define CONCADVISE_SYMBOL_FILE_H

#include "symbol.h"

struct image;
struct symbol_file;

/* The image is borrowed and must outlive it. The path and the pid (0: none) help to find separate
 * debug information; without `lines` none is looked into. NULL: nothing can be said. */
struct symbol_file *symbol_file_open(struct image *i, const char *path, int pid, bool lines);
void symbol_file_free(struct symbol_file *f);

/* As symbol_name(); strings are valid until the next call for this file. Without `lines`, quickly:
 * only the function that exists as code. */
size_t symbol_file_name(
	struct symbol_file *f, uint64_t linked, bool lines, struct symbol_frame *ret, size_t max);

/* As symbol_variable(), likewise. */
const char *symbol_file_variable(struct symbol_file *f, uint64_t linked, uint64_t *ret_offset);

#endif
