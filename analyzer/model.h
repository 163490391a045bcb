/*
 * model: how the program is built now.
 */
#ifndef CONCADVISE_MODEL_H
#define CONCADVISE_MODEL_H

#include <stdbool.h>

struct carriers;
struct meaning;
struct profile;

/* Sets the service, model, workers and elastic of p->work, from its threads, loops and server. */
void model_find(struct profile *p, const struct meaning *x, const struct carriers *c);

/* Of a runtime's name: its code runs in one thread (PHP, Perl). */
bool model_is_threadless(const char *runtime);

#endif
