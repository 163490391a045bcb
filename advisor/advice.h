/*
 * advice: the judgement on a profile: one verdict, its reasons, findings, each traceable to a rule.
 *
 * The noun that the advisor hands to every report format. Strings belong to the advice unless
 * marked borrowed.
 */
#ifndef CONCADVISE_ADVICE_H
#define CONCADVISE_ADVICE_H

#include "analyzer/profile.h"

#include <stdio.h>

struct json_object;
struct rule;
struct ruleset;

enum action { ACTION_ADOPT, ACTION_TUNE, ACTION_FIX, ACTION_KEEP, ACTION_MEASURE, ACTION_COUNT };
enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_CRITICAL, SEVERITY_COUNT };
enum confidence { CONFIDENCE_HIGH, CONFIDENCE_MEDIUM, CONFIDENCE_LOW, CONFIDENCE_COUNT };

const char *action_name(enum action a);
const char *severity_name(enum severity s);
const char *confidence_name(enum confidence c);

/* The action, severity or confidence of that name, or -EINVAL. */
int action_parse(const char *name, enum action *ret);
int severity_parse(const char *name, enum severity *ret);

/* NULL when the contract has no diagnosis of that name; else that name, static. */
const char *diagnosis_find(const char *name);

/* One condition of a rule as it was met: what was measured, and what the rule asked. */
struct evidence {
	const char *metric, *unit, *op; /* borrowed from the metric table and the rule */
	double value;                   /* NAN: not known */
	double threshold;
	bool held;
	/* Index into the rule's `when`: of those with the same, one must hold. -1: it keeps the
	 * rule from firing if it holds. */
	int condition;
};

struct finding {
	const struct rule *rule; /* borrowed */
	enum severity severity;
	char *title, *message;
	char *place; /* the line that it speaks of, and what happens there; NULL: not known */
	struct evidence *evidence;
	size_t evidence_count;
	char **actions;
	size_t actions_count;
	char **see;
	size_t see_count;
};

/* A rule and what came of it, for --explain. */
struct consideration {
	const struct rule *rule; /* borrowed */
	bool fired;
	const struct rule *silenced_by; /* the rule that excludes it or outranks it; borrowed */
	struct evidence *evidence;      /* every condition, in the rule's order */
	size_t evidence_count;
};

struct alternative {
	enum model model;
	bool better; /* predicted to be better, but at a price that why_not names */
	char *why_not;
};

struct advice {
	const struct profile *profile; /* borrowed */
	const char *diagnosis;         /* a class of the contract: "io-bound" */
	/* Sentences; the last ones tell the evidence, number by number. */
	char **reasons;
	size_t reasons_count;
	struct evidence *evidence; /* what spoke for the rule */
	size_t evidence_count;
	const struct rule *rule; /* the rule whose verdict it is; borrowed */
	enum model model;
	enum action action;
	int workers;             /* 0: does not apply */
	double expected_speedup; /* NAN: not known */
	enum confidence confidence;
	char *summary; /* the first sentence that a person reads */
	char *place;   /* the line that it rests on, and what happens there; NULL: not known */
	char **steps;
	size_t steps_count;
	char **assumptions;
	size_t assumptions_count;
	struct alternative *alternatives;
	size_t alternatives_count;
	struct finding *findings;
	size_t findings_count; /* most severe first */
	struct consideration *considered;
	size_t considered_count; /* every rule, by rank, then by id */
	struct json_object
		*runs; /* of several runs, what differs (spread.h); borrowed; NULL: one */
};

/* Judges. Both arguments must outlive the advice. NULL when out of memory. */
struct advice *advice_new(const struct profile *p, const struct ruleset *rules);
void advice_free(struct advice *a);

#endif
