/*
 * help: what --help says.
 */
#ifndef CONCADVISE_HELP_H
#define CONCADVISE_HELP_H

#include "options.h"

#include <stdbool.h>

/* On one screen of 80 columns and 24 lines: of a subcommand its own options, else what people need
 * most. all: every form of the command and every option. */
void help_print(enum task task, bool all);

#endif
