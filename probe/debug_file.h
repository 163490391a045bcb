/*
 * debug_file: where the debug information of a file is, when it is not in the file.
 */
#ifndef CONCADVISE_DEBUG_FILE_H
#define CONCADVISE_DEBUG_FILE_H

#include <elfutils/libdwfl.h>

/*
 * Callbacks for dwfl_begin: by build id below /usr/lib/debug, by .gnu_debuglink (its checksum must
 * agree), and from debuginfod only if the user has set DEBUGINFOD_URLS, for a bounded time in all.
 * What cannot be had is not asked for again.
 */
const Dwfl_Callbacks *debug_file_callbacks(void);

#endif
