/*
 * image: a mapped ELF file: its symbols, where they land in memory, and strings in its constants.
 */
#ifndef CONCADVISE_IMAGE_H
#define CONCADVISE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image;

struct image_symbol {
	uint64_t value; /* address as linked */
	uint64_t size;
};

/* Opens a file; borrowed name only for messages. NULL if it is no ELF file of this machine's kind.
 */
struct image *image_open(const char *path);
void image_free(struct image *i);

/* A symbol that this file defines, from .dynsym, or from .symtab too if it is there. */
bool image_find_symbol(const struct image *i, const char *name, struct image_symbol *ret);

/* A section's place in memory as linked. */
bool image_find_section(const struct image *i, const char *name, struct image_symbol *ret);

/* The content of a section; NULL: not there. Borrowed. */
const char *image_section_data(const struct image *i, const char *name, size_t *ret_size);

/* Initial content of the memory at an address as linked. False if the file does not hold it. */
bool image_read(const struct image *i, uint64_t address, void *to, size_t size);

/* What to add to an address as linked, given where a part of the file was mapped. */
bool image_bias(
	const struct image *i, uint64_t mapped_start, uint64_t mapped_offset, uint64_t *ret);

#endif
