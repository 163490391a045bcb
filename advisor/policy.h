/*
 * policy: what a team lets pass: for each rule, and for numbers of the report, whether it is an
 * error, a warning or nothing. A JSON file, see docs/ci.md.
 */
#ifndef CONCADVISE_POLICY_H
#define CONCADVISE_POLICY_H

#include <stdbool.h>
#include <stdio.h>

struct json_object;
struct policy;
struct ruleset;

/*
 * Reads a policy; every rule that it names must be in the set. Returns 0, or a negative errno and a
 * malloc'ed reason that begins with the path.
 */
int policy_read(const char *path, const struct ruleset *rules, struct policy **ret_policy,
	char **ret_reason);
void policy_free(struct policy *p);

/* Judges a report: writes a line "error: ..." or "warning: ..." for all that it does not let pass.
 * True if one is an error. */
bool policy_judge(const struct policy *p, struct json_object *report, FILE *to);

#endif
