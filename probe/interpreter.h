/*
 * interpreter: which part CPython has in a module: none, its own file, or the C function that runs
 * Python code.
 */
#ifndef CONCADVISE_INTERPRETER_H
#define CONCADVISE_INTERPRETER_H

#include "chain.h"

#include <stdint.h>

struct interpreters;
struct module;

struct interpreters *interpreters_new(void);
void interpreters_free(struct interpreters *i);

/* What an address as linked in a module is. Each module is looked into once. */
enum chain_role interpreter_role(struct interpreters *i, struct module *m, uint64_t linked);

#endif
