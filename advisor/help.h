/*
 * help: what --help says.
 */
#ifndef CONCADVISE_HELP_H
#define CONCADVISE_HELP_H

#include <stdbool.h>

/* On one screen of 80 columns and 24 lines; all: every form of the command and every option. */
void help_print(bool all);

#endif
