/*
 * rule: one opinion, as data: when it applies, what it recommends, why, and examples that test it.
 *
 * A rule is a JSON file described in docs/rules.md; its id is the file's name. Nothing in a file is
 * trusted: a rule that is refused says the file, the place in it and the reason.
 */
#ifndef CONCADVISE_RULE_H
#define CONCADVISE_RULE_H

#include "advice.h"
#include "condition.h"
#include "place.h"

#include <stdbool.h>
#include <stddef.h>

/* Conditions of which at least one must hold; a plain condition is a group of one. */
struct condition_group {
	struct condition *any;
	size_t count;
};

struct rule_lines {
	char **line;
	size_t count;
};

struct rule_verdict {
	const char *class; /* of the contract: "io-bound" */
	enum action action;
	bool current; /* the model is the one that the program has now; else: */
	enum model model;
	int rank; /* of all rules that fire, the highest one's verdict is given */
	/* Where the numbers of the recommendation come from; NULL: the model's prediction. */
	const struct metric *workers, *speedup;
};

/* What to do under one runtime, "cpython>=3.9"; "any" where no other fits. */
struct rule_actions {
	char *runtime;
	bool has_version;
	enum comparison comparison;
	int major, minor;
	struct rule_lines lines;
};

struct rule_given {
	const struct metric *metric;
	double value;
};

struct rule_example {
	struct rule_given *given;
	size_t count;
	bool fires;
};

struct rule {
	char *id, *origin; /* origin: the file, or "built in" */
	char *title;
	bool has_severity; /* without one, it gives a verdict but is no finding */
	enum severity severity;
	struct condition_group *when; /* all must hold; none: it always fires */
	size_t when_count;
	struct condition_group unless; /* if any of these holds, it does not fire */
	bool has_verdict;
	struct rule_verdict verdict;
	char *summary; /* of a verdict: the first sentence that a person reads; a template */
	char *message; /* what was seen and why it matters; a template */
	enum place place; /* whose line is told with it */
	struct rule_actions *actions;
	size_t actions_count;
	struct rule_lines assumptions; /* templates */
	struct rule_lines excludes;    /* ids of rules that say nothing when this one fires */
	struct rule_lines contradicts; /* ids of rules that do not fit together with this one */
	struct rule_lines sources, see;
	struct rule_example *examples;
	size_t examples_count;
};

/*
 * Reads a rule from JSON text, which a NUL follows. id is what its "id" must be. Returns 0, or a
 * negative errno and a
 * malloc'ed reason "ORIGIN: place: what is wrong".
 */
int rule_parse(const char *text, size_t size, const char *id, const char *origin,
	struct rule **ret_rule, char **ret_reason);

void rule_free(struct rule *r);

/*
 * Tests every condition. ret_evidence has one element a condition, in the rule's order and those
 * of "unless" last; the caller frees it. Returns 1 if the rule fires, 0 if not, -ENOMEM.
 */
int rule_test(const struct rule *r, const struct metric_source *source,
	struct evidence **ret_evidence, size_t *ret_count);

/* Runs the examples. 0, or -EINVAL and a malloc'ed reason that names the first that fails. */
int rule_check_examples(const struct rule *r, char **ret_reason);

#endif
