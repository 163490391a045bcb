/*
 * sizing: how many workers a model needs.
 */
#ifndef CONCADVISE_SIZING_H
#define CONCADVISE_SIZING_H

#include <stddef.h>

struct scenario;

/* Sets ret_workers to the fewest, up to `most`, that come within 5 % of the best of all these
 * sizes. Returns 0 or -ENOMEM. */
int sizing_find(const struct scenario *s, size_t most, size_t *ret_workers);

#endif
