/*
 * debug_language: the language that a compilation unit was written in.
 */
#ifndef CONCADVISE_DEBUG_LANGUAGE_H
#define CONCADVISE_DEBUG_LANGUAGE_H

#include <elfutils/libdw.h>

#include <stdbool.h>

/* "c", "c++", "rust"...; NULL: not known, or of no language by itself (what dwz shares). */
const char *debug_language(Dwarf_Die *unit);

/* Do its names for the linker tell namespaces, classes and types? */
bool debug_language_mangles(const char *name);

/*
 * Do its types only declare functions, which are then defined outside? (But for types inside of
 * functions: lambdas are such.) In C++, types are most of the entries.
 */
bool debug_language_declares(const char *name);

#endif
