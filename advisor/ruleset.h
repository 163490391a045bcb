/*
 * ruleset: the rules in force: those built in, and those of --rules, which replace by id.
 */
#ifndef CONCADVISE_RULESET_H
#define CONCADVISE_RULESET_H

#include <stddef.h>

struct rule;
struct ruleset;

/* The rules built in. 0 or a negative errno and a malloc'ed reason. */
int ruleset_new(struct ruleset **ret, char **ret_reason);
void ruleset_free(struct ruleset *s);

/* Adds a rule, or replaces the one of its id; the set owns it from then on, even on failure. */
int ruleset_add(struct ruleset *s, struct rule *r);

/* Reads one rule file ("DIR/ID.json") without adding it; its examples are run. */
int ruleset_read_file(const char *path, struct rule **ret, char **ret_reason);

/* Adds every *.json of a directory, in order of name. */
int ruleset_add_directory(struct ruleset *s, const char *path, char **ret_reason);

/* That every rule that another one names exists. -EINVAL and a malloc'ed reason if not. */
int ruleset_check(const struct ruleset *s, char **ret_reason);

/* Ordered by rank, highest first, rules without a verdict last; then by id. */
const struct rule *ruleset_at(const struct ruleset *s, size_t i);
size_t ruleset_count(const struct ruleset *s);

/* NULL when there is none of that id. */
const struct rule *ruleset_find(const struct ruleset *s, const char *id);

#endif
