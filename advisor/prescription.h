/*
 * prescription: a rule's texts for this profile: its actions under the runtime at hand, filled in.
 */
#ifndef CONCADVISE_PRESCRIPTION_H
#define CONCADVISE_PRESCRIPTION_H

#include <stddef.h>

struct profile;
struct rule;
struct rule_lines;

/* The most actions that one finding gives: a person follows three. */
#define PRESCRIPTION_MAX 3

/* Appends a text, which the list owns from then on, even on failure. A NULL text is -ENOMEM. */
int text_append(char ***list, size_t *count, char *text);

/* Appends every line, its places filled. */
int lines_fill(
	const struct rule_lines *lines, const struct profile *p, char ***ret, size_t *ret_count);

/* Appends the actions for the runtime of the profile's subject; "any" where none is for it. */
int actions_fill(const struct rule *r, const struct profile *p, char ***ret, size_t *ret_count);

#endif
