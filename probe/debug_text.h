/*
 * debug_text: texts in debug information, which libdw 0.188 hands out without looking for their
 * ends.
 */
#ifndef CONCADVISE_DEBUG_TEXT_H
#define CONCADVISE_DEBUG_TEXT_H

#include <elfutils/libdw.h>

#include <stdbool.h>

/* Whether each section of texts ends with a text's end; else libdw would read on behind the last
 * one of a damaged file, of which nothing is to be asked then. */
bool debug_texts_end(Dwarf *dwarf);

/* As dwarf_formstring(), also NULL for a text without an end. */
const char *debug_text(Dwarf_Attribute *a);

#endif
