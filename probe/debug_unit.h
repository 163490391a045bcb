/*
 * debug_unit: the compilation units of a file's debug information, and the functions in each.
 *
 * libdw reads the entries. What is added is an index: it looks for an address among all entries of
 * a unit each time, which takes 1 ms in CPython's and 50 ms in a big C++ one.
 */
#ifndef CONCADVISE_DEBUG_UNIT_H
#define CONCADVISE_DEBUG_UNIT_H

#include <elfutils/libdw.h>

#include <stdbool.h>
#include <stddef.h>

/* Deeper than compilers nest scopes, blocks and inlined functions. */
#define DEBUG_NESTING_MAX 64

/* Code, from address to address, and the entry (of a unit, of a function) that it belongs to. */
struct debug_range {
	Dwarf_Addr low, high;
	Dwarf_Off entry;
};

struct debug_ranges {
	struct debug_range *list;
	size_t count;
};

/* A function or type, and what it is declared in. */
struct debug_scope {
	Dwarf_Off entry, outer;
};

struct debug_unit {
	Dwarf_Die die;        /* has the line table; */
	Dwarf_Die contents;   /* the same or, of split DWARF, the one in the .dwo file */
	const char *language; /* NULL: not known, or of no language by itself (dwz) */
	const char *folder;   /* in which it was compiled; NULL: not known */
	struct debug_ranges functions;
	struct debug_scope *scopes; /* in order of entry; listed when first asked for */
	size_t scopes_count;
	bool scopes_listed;
};

struct debug_units;

/* Borrows the Dwarf. NULL: out of memory. */
struct debug_units *debug_units_new(Dwarf *dwarf);
void debug_units_free(struct debug_units *units);

/* The unit whose code an address is in, or which an entry is in. NULL: none. Both are valid until
 * debug_units_free(). */
struct debug_unit *debug_units_at(struct debug_units *units, Dwarf_Addr address);
struct debug_unit *debug_units_of(struct debug_units *units, Dwarf_Die *entry);

/* The function whose code is at an address, and the namespace, type or function in which an entry
 * is declared. False: none. */
bool debug_unit_function(const struct debug_unit *u, Dwarf_Addr address, Dwarf_Die *ret);
bool debug_unit_outer(struct debug_unit *u, Dwarf_Die *entry, Dwarf_Die *ret);

#endif
