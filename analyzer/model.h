/*
 * model: how the program is built now.
 */
#ifndef CONCADVISE_MODEL_H
#define CONCADVISE_MODEL_H

struct carriers;
struct meaning;
struct profile;

/* Sets the service, model, workers and elastic of p->work, from its threads, loops and server. */
void model_find(struct profile *p, const struct meaning *x, const struct carriers *c);

#endif
