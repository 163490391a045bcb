/*
 * symbol_table: a file's symbols in order of address, to be searched many times.
 *
 * libdwfl collects them (.symtab of the file or of its separate debug file, MiniDebugInfo, .dynsym)
 * but looks through all of them at each question, which takes 3 ms in Node's 110,000.
 */
#ifndef CONCADVISE_SYMBOL_TABLE_H
#define CONCADVISE_SYMBOL_TABLE_H

#include <elfutils/libdwfl.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbol {
	uint64_t start, end;
	uint64_t reach;   /* the furthest end up to this one in the table */
	const char *name; /* borrowed from libdwfl; as the linker knows it */
	uint8_t rank;     /* among names of one address, the highest is what people call it */
	bool sized;
};

struct symbol_table {
	struct symbol *functions, *variables;
	size_t functions_count, variables_count;
};

/* 0 or -ENOMEM. A file without symbols has an empty table. */
int symbol_table_read(struct symbol_table *t, Dwfl_Module *m);
void symbol_table_free(struct symbol_table *t);

/* The symbol in which an address lies; NULL: in none. One without a size, as in assembly, goes on
 * to the next symbol of its section. */
const struct symbol *symbol_table_function(const struct symbol_table *t, uint64_t address);
const struct symbol *symbol_table_variable(const struct symbol_table *t, uint64_t address);

#endif
