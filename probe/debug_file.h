/*
 * debug_file: libdwfl's view of a mapped file, with its debug information wherever that is.
 *
 * In the file; by build id below /usr/lib/debug, of the tool or of the process that has it mapped;
 * by .gnu_debuglink, whose checksum must agree; from debuginfod, only if the user has set
 * DEBUGINFOD_URLS, and for a bounded time in all.
 */
#ifndef CONCADVISE_DEBUG_FILE_H
#define CONCADVISE_DEBUG_FILE_H

#include <elfutils/libdwfl.h>

/*
 * The ELF handle is borrowed and must outlive *ret, which the caller ends with dwfl_end(). pid: one
 * that has it mapped, 0: none. Addresses are as linked. NULL: libdwfl cannot read it.
 */
Dwfl_Module *debug_file_open(Elf *elf, const char *path, int pid, Dwfl **ret);

#endif
