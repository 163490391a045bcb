/*
 * condition: compares a metric with its threshold.
 */
#include "condition.h"

#include "analyzer/metric.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static bool less(double a, double b)
{
	return a < b;
}

static bool less_equal(double a, double b)
{
	return a <= b;
}

static bool greater(double a, double b)
{
	return a > b;
}

static bool greater_equal(double a, double b)
{
	return a >= b;
}

/* Equality is for counts and for yes or no, which are exact. */
static bool equal(double a, double b)
{
	return a >= b && a <= b;
}

/* NAN compares as unequal to everything, but what is not known is not known to differ. */
static bool not_equal(double a, double b)
{
	return a < b || a > b;
}

static const struct {
	const char *name;
	bool (*holds)(double value, double threshold);
} comparisons[COMPARISON_COUNT] = {
	[COMPARISON_LESS] = {"<", less},
	[COMPARISON_LESS_EQUAL] = {"<=", less_equal},
	[COMPARISON_GREATER] = {">", greater},
	[COMPARISON_GREATER_EQUAL] = {">=", greater_equal},
	[COMPARISON_EQUAL] = {"==", equal},
	[COMPARISON_NOT_EQUAL] = {"!=", not_equal},
};

const char *comparison_name(enum comparison c)
{
	return comparisons[c].name;
}

bool comparison_holds(enum comparison c, double value, double threshold)
{
	return comparisons[c].holds(value, threshold);
}

int comparison_parse(const char *name, enum comparison *ret)
{
	for (enum comparison c = 0; c < COMPARISON_COUNT; c++) {
		if (strcmp(comparisons[c].name, name) == 0) {
			*ret = c;
			return 0;
		}
	}
	return -EINVAL;
}

static double profile_value(const struct metric *metric, const void *profile)
{
	return metric->value(profile);
}

struct metric_source metric_source_of(const struct profile *p)
{
	return (struct metric_source){profile_value, p};
}

double metric_source_value(const struct metric_source *source, const struct metric *metric)
{
	return source->value(metric, source->context);
}

struct evidence condition_test(const struct condition *c, const struct metric_source *source)
{
	double value = metric_source_value(source, c->metric);
	double threshold = c->value;

	if (c->other)
		threshold *= metric_source_value(source, c->other);
	return (struct evidence){
		.metric = c->metric->name,
		.unit = c->metric->unit,
		.op = comparison_name(c->comparison),
		.value = value,
		.threshold = threshold,
		.held = comparison_holds(c->comparison, value, threshold),
	};
}
