/*
 * debug_info: the functions at an address, inlined ones too, and its line, by DWARF.
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
 * As symbol_name(). Of code in no function that it knows, such as assembly, only the line: if that
 * line's code begins at `since` (where the address's symbol does) or later. A row of the line table
 * goes on to the next one, over code that has none.
 */
size_t debug_info_find(struct debug_info *d, uint64_t address, uint64_t since,
	struct symbol_frame *ret, size_t max);

#endif
