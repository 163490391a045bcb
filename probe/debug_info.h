/*
 * debug_info: the functions at an address, inlined ones too, and its line, by DWARF.
 *
 * libdw reads the entries. What is added is an index: it looks for an address among all entries of
 * a compilation unit each time, which takes 1 ms in CPython's and 50 ms in a big C++ one.
 */
#ifndef CONCADVISE_DEBUG_INFO_H
#define CONCADVISE_DEBUG_INFO_H

#include "symbol.h"

#include <elfutils/libdw.h>

#include <stddef.h>
#include <stdint.h>

struct debug_info;

/* Both borrowed values are those of dwfl_module_getdwarf(). NULL: out of memory. */
struct debug_info *debug_info_new(Dwarf *dwarf, Dwarf_Addr bias);
void debug_info_free(struct debug_info *d);

/*
 * As symbol_name(), with names as the compiler gave them (to be demangled) and strings that stay
 * valid until debug_info_free(). The outermost function may be NULL: the line is known (assembly),
 * the function is not.
 */
size_t debug_info_find(
	struct debug_info *d, uint64_t address, struct symbol_frame *ret, size_t max);

#endif
