/*
 * condition: one comparison of a metric with a threshold; what a rule's "when" is made of.
 *
 * The threshold is a number, or a multiple of another metric. A metric or threshold that is not
 * known makes the condition not hold: a rule never fires for want of knowledge.
 */
#ifndef CONCADVISE_CONDITION_H
#define CONCADVISE_CONDITION_H

#include "advice.h"

#include <stdbool.h>

struct metric;

enum comparison {
	COMPARISON_LESS,
	COMPARISON_LESS_EQUAL,
	COMPARISON_GREATER,
	COMPARISON_GREATER_EQUAL,
	COMPARISON_EQUAL,
	COMPARISON_NOT_EQUAL,
	COMPARISON_COUNT
};

/* "<", "<=", ... */
const char *comparison_name(enum comparison c);
/* False if either is NAN: what is not known does not hold. */
bool comparison_holds(enum comparison c, double value, double threshold);
/* -EINVAL: there is none of that name. */
int comparison_parse(const char *name, enum comparison *ret);

struct condition {
	const struct metric *metric;
	enum comparison comparison;
	double value;               /* the threshold, or the factor for `other` */
	const struct metric *other; /* the threshold is value times this metric; NULL: value alone
				     */
	char *why;                  /* the reason for the threshold; NULL: it needs none */
};

/* Where metrics get their values from: a profile, or the "given" of a rule's example. */
struct metric_source {
	double (*value)(const struct metric *metric, const void *context);
	const void *context;
};

/* Every metric of the metric table, of this profile. */
struct metric_source metric_source_of(const struct profile *p);

double metric_source_value(const struct metric_source *source, const struct metric *metric);

/* The condition with its measured value, its threshold and whether it held. */
struct evidence condition_test(const struct condition *c, const struct metric_source *source);

#endif
