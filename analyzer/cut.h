/*
 * cut: where in a lane one operation ends and the next one begins.
 *
 * Every wait that is work begins an operation with the computing before it, unless it goes on with
 * the one before: more of the same answer, the first answer on a connection just opened, more of
 * the same file, a page fault. What then repeats as a sequence (a query here, a request there, and
 * again) is one operation. An item that hands something over ends one.
 */
#ifndef CONCADVISE_CUT_H
#define CONCADVISE_CUT_H

#include "lane.h"

#include <stdbool.h>
#include <stddef.h>

struct meaning;

/* Sets begins[i] to whether items[i] begins an operation, as the first one does. Returns 0 or
 * -ENOMEM. */
int cut_operations(const struct meaning *x, const struct item *items, size_t count, bool *begins);

#endif
