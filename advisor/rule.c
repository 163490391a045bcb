/*
 * rule: whether a rule fires, by its conditions, and whether it does what its examples say.
 */
#include "rule.h"

#include "analyzer/metric.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void lines_free(struct rule_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->line[i]);
	free(lines->line);
}

static void group_free(struct condition_group *group)
{
	for (size_t i = 0; i < group->count; i++)
		free(group->any[i].why);
	free(group->any);
}

static void actions_free(struct rule_actions *actions)
{
	free(actions->runtime);
	lines_free(&actions->lines);
}

void rule_free(struct rule *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->when_count; i++)
		group_free(&r->when[i]);
	group_free(&r->unless);
	for (size_t i = 0; i < r->actions_count; i++)
		actions_free(&r->actions[i]);
	for (size_t i = 0; i < r->examples_count; i++)
		free(r->examples[i].given);
	lines_free(&r->assumptions);
	lines_free(&r->excludes);
	lines_free(&r->contradicts);
	lines_free(&r->sources);
	lines_free(&r->see);
	free(r->id);
	free(r->origin);
	free(r->title);
	free(r->summary);
	free(r->message);
	free(r->when);
	free(r->actions);
	free(r->examples);
	free(r);
}

static size_t conditions_count(const struct rule *r)
{
	size_t count = r->unless.count;

	for (size_t i = 0; i < r->when_count; i++)
		count += r->when[i].count;
	return count;
}

/* Whether any holds; an element of evidence for each. The number is as in struct evidence. */
static bool group_test(const struct condition_group *group, const struct metric_source *source,
	int number, struct evidence *evidence)
{
	bool any_held = false;

	for (size_t i = 0; i < group->count; i++) {
		evidence[i] = condition_test(&group->any[i], source);
		evidence[i].condition = number;
		any_held |= evidence[i].held;
	}
	return any_held;
}

int rule_test(const struct rule *r, const struct metric_source *source,
	struct evidence **ret_evidence, size_t *ret_count)
{
	size_t count = conditions_count(r), used = 0;
	struct evidence *evidence = calloc(count + 1, sizeof(*evidence));
	bool fires = true;

	if (!evidence)
		return -ENOMEM;
	for (size_t i = 0; i < r->when_count; i++) {
		fires &= group_test(&r->when[i], source, (int)i, evidence + used);
		used += r->when[i].count;
	}
	fires &= !group_test(&r->unless, source, -1, evidence + used);
	*ret_evidence = evidence;
	*ret_count = count;
	return fires;
}

/* What an example does not give is not known. */
static double example_value(const struct metric *metric, const void *context)
{
	const struct rule_example *example = context;

	for (size_t i = 0; i < example->count; i++)
		if (example->given[i].metric == metric)
			return example->given[i].value;
	return NAN;
}

/* The first metric that kept the rule from firing, for the message. */
static const char *evidence_failed(const struct evidence *evidence, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (evidence[i].held == (evidence[i].condition < 0))
			return evidence[i].metric;
	return "nothing";
}

static int example_check(const struct rule *r, size_t number, char **ret_reason)
{
	const struct rule_example *example = &r->examples[number];
	struct metric_source source = {example_value, example};
	struct evidence *evidence = NULL;
	size_t count = 0;
	int fires = rule_test(r, &source, &evidence, &count), length;

	if (fires < 0)
		return fires;
	if (fires == example->fires) {
		free(evidence);
		return 0;
	}
	if (fires)
		length = asprintf(
			ret_reason, "%s: examples[%zu]: fires, but should not", r->origin, number);
	else
		length = asprintf(ret_reason,
			"%s: examples[%zu]: does not fire, but should: see the condition on %s",
			r->origin, number, evidence_failed(evidence, count));
	free(evidence);
	return length < 0 ? -ENOMEM : -EINVAL;
}

int rule_check_examples(const struct rule *r, char **ret_reason)
{
	for (size_t i = 0; i < r->examples_count; i++) {
		int error = example_check(r, i, ret_reason);

		if (error)
			return error;
	}
	return 0;
}
