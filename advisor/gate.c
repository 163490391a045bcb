/*
 * gate: the three ways in which a report can fail a build.
 */
#include "gate.h"

#include "policy.h"
#include "value.h"

#include <string.h>

static bool findings_fail(const struct gate *g, struct json_object *report, FILE *to)
{
	bool fails = false;

	for (size_t i = 0; g->fails && i < value_count(report, "findings"); i++) {
		struct json_object *finding = value_element(report, "findings", i);
		enum severity severity;

		if (severity_parse(value_words(finding, "severity"), &severity) ||
			severity < g->fail_on)
			continue;
		fprintf(to, "--fail-on %s: %s: %s (%s)\n", severity_name(g->fail_on),
			value_words(finding, "rule"), value_words(finding, "title"),
			severity_name(severity));
		fails = true;
	}
	return fails;
}

/* A verdict that mends or keeps what there is changes no model; nor does "not enough was seen". */
static bool verdict_fails(const struct gate *g, struct json_object *report, FILE *to)
{
	const char *action = value_words(report, "recommendation.action");
	const char *model = value_words(report, "recommendation.model");

	if (!g->expect)
		return false;
	if (strcmp(action, "measure") == 0)
		fprintf(to, "--expect %s: not enough was seen to say\n", g->expect);
	if (strcmp(action, "adopt") != 0 || strcmp(model, g->expect) == 0)
		return false;
	fprintf(to, "--expect %s: the verdict is to change to %s\n", g->expect, model);
	return true;
}

bool gate_judge(const struct gate *g, struct json_object *report, FILE *to)
{
	bool findings = findings_fail(g, report, to), verdict = verdict_fails(g, report, to);
	bool policy = g->policy && policy_judge(g->policy, report, to);

	return findings || verdict || policy;
}
