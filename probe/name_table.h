/*
 * name_table: whether the tables of names in an ELF file can be trusted.
 */
#ifndef CONCADVISE_NAME_TABLE_H
#define CONCADVISE_NAME_TABLE_H

#include <libelf.h>
#include <stdbool.h>

/* Whether each ends with a name's end. libdwfl takes that for granted, and so would read on behind
 * the last name of a damaged file. */
bool name_tables_end(Elf *elf);

#endif
