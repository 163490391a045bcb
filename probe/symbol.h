/*
 * symbol: an address in a mapped file -> function, file, line and what was inlined there.
 *
 * By debug information (libdw: in the file, in a separate one, from debuginfod where the user has
 * set it), else by the symbols that the file has kept (.symtab, MiniDebugInfo, Go's function table,
 * .dynsym). A file is looked into when the first of its addresses is asked for, and once.
 */
#ifndef CONCADVISE_SYMBOL_H
#define CONCADVISE_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct module;
struct symbols;

/* Strings are borrowed: valid until the next call with the same struct symbols (or perf_maps). */
struct symbol_frame {
	const char *function; /* demangled, without parameters; NULL: has no name */
	const char *file;     /* of its source; NULL: not known */
	const char *language; /* c, c++, rust, go, javascript...; NULL: not known */
	int line;             /* 0: not known */
	bool inlined;         /* into the next frame */
};

#define SYMBOL_INLINED_MAX 32 /* frames at one address that are worth asking for */

struct symbols *symbols_new(void);
void symbols_free(struct symbols *s);

/*
 * The functions at an address as linked, the innermost inlined one first. Of a caller, ask for the
 * return address minus one. Returns how many were written, at most max; the outermost ones are cut.
 * 0: the file says nothing about the address; a name is never that of a neighbour.
 */
size_t symbol_name(
	struct symbols *s, struct module *m, uint64_t linked, struct symbol_frame *ret, size_t max);

/* Nothing more will be asked of this file: what it takes goes. Else it is looked into anew. */
void symbols_close(struct symbols *s, struct module *m);

/* How many addresses were named without looking for their line, because looking for lines had taken
 * too long already: some programs have gigabytes of debug information. */
size_t symbols_cut(const struct symbols *s);

/* The variable in which an address as linked lies, and how far from its start. NULL: in none. */
const char *symbol_variable(
	struct symbols *s, struct module *m, uint64_t linked, uint64_t *ret_offset);

#endif
