/*
 * generated_name: how runtimes write a function's name in a perf map -> function, file, line.
 */
#ifndef CONCADVISE_GENERATED_NAME_H
#define CONCADVISE_GENERATED_NAME_H

#include "symbol.h"

/* Splits the text in place; *ret points into it. What no runtime that we know writes is all name.
 */
void generated_name_split(char *text, struct symbol_frame *ret);

#endif
