/*
 * difference: two reports of the same program side by side, and whether the new one is worse by
 * more than runs of it differ anyway.
 *
 * Where both have three runs or more, their ranges are the noise: a change counts if the ranges do
 * not overlap. Of fewer runs no noise is known. In either case a change counts only beyond what the
 * same program was measured to differ by (figure.h).
 */
#ifndef CONCADVISE_DIFFERENCE_H
#define CONCADVISE_DIFFERENCE_H

#include <stdbool.h>
#include <stdio.h>

struct json_object;
struct style;

#define DIFFERENCE_RUNS_LEAST 3

/* Why the two cannot be compared, malloc'ed; NULL: they can, or out of memory. */
char *difference_refusal(struct json_object *base, struct json_object *new);

/* concadvise.diff/1, as docs/ci.md describes it. The caller owns it. */
struct json_object *difference_json(struct json_object *base, struct json_object *new);

/* The new one is worse. */
bool difference_is_worse(struct json_object *difference);

/* For people; 0 or a negative errno. */
int difference_text_write(struct json_object *difference, const struct style *style, FILE *to);

#endif
