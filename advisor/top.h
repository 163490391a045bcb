/*
 * top: shows live what threads do, on the whole screen of a terminal, or as one table after
 * another.
 */
#ifndef CONCADVISE_TOP_H
#define CONCADVISE_TOP_H

#include "terminal.h"

#include <stdbool.h>

struct probe_watch;
struct top;

/* every_s: between two looks; once: one table is enough, and no screen for it. NULL when out of
 * memory. */
struct top *top_new(double every_s, bool once, enum colour colour);

/* What is to be given to the probe; it belongs to `t`. */
const struct probe_watch *top_watch(struct top *t);

/* Restores the terminal. Returns 0, or the negative errno with which a table could not be written.
 * NULL is fine. */
int top_free(struct top *t);

#endif
