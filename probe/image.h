/*
 * image: a mapped ELF file: its symbols, where they land in memory, and strings in its constants.
 */
#ifndef CONCADVISE_IMAGE_H
#define CONCADVISE_IMAGE_H

#include "piece.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct Elf;
struct image;

struct image_symbol {
	uint64_t value; /* address as linked */
	uint64_t size;
};

/* Opens a file; borrowed name only for messages. NULL if it is no ELF file of this machine's kind.
 */
struct image *image_open(const char *path);

/* The same of an open file, which it takes over, and closes if it is none. */
struct image *image_take(int fd);

void image_free(struct image *i);

/* libelf's handle, and the open file. Borrowed. */
struct Elf *image_elf(const struct image *i);
int image_fd(const struct image *i);

/* A symbol that this file defines, from .dynsym, or from .symtab too if it is there. */
bool image_find_symbol(const struct image *i, const char *name, struct image_symbol *ret);

/* The first of these names (NULL: none) that the file defines; COUNT: it defines none. What it
 * exports goes before what it only has for debugging. */
size_t image_find_first(const struct image *i, const char *const *names, size_t count);

/* A function with the parts that a compiler split from it: NAME, NAME.cold, NAME.part.0... A symbol
 * that stands in both tables is written twice. Returns how many were written. */
size_t image_find_parts(
	const struct image *i, const char *name, struct image_symbol *ret, size_t max);

/* A section's place in memory as linked. */
bool image_find_section(const struct image *i, const char *name, struct image_symbol *ret);

/* The content of a section; NULL: not there. Borrowed. */
const char *image_section_data(const struct image *i, const char *name, size_t *ret_size);

/* Looks through the content of a section, see piece.h: for large ones. */
void image_section_look(
	const struct image *i, const char *name, size_t overlap, piece_fn fn, void *context);

/* Initial content of the memory at an address as linked. False if the file does not hold it. */
bool image_read(const struct image *i, uint64_t address, void *to, size_t size);

/* What to add to an address as linked, given where a part of the file was mapped executable. */
bool image_bias(
	const struct image *i, uint64_t mapped_start, uint64_t mapped_offset, uint64_t *ret);

/* Does the file take up the memory at an address as linked, code or data, initial or zeroed? */
bool image_occupies(const struct image *i, uint64_t address);

#endif
