/*
 * policy: a JSON object into clauses, and clauses against a report.
 *
 *     "blocked-loop": "error"                                       a finding of that rule
 *     "gil-bound": ["warn", {"interpreter.wait.share": {"max": 0.2}}]   if that is beyond it
 *     "window.wall_s": ["error", {"max": 5}]                        a number of the report
 */
#include "policy.h"

#include "document.h"
#include "reading.h"
#include "rule.h"
#include "ruleset.h"
#include "value.h"

#include "analyzer/metric.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* No policy of use is near this. */
#define POLICY_SIZE_MAX (1 << 20)
#define POLICY_SCHEMA "concadvise.policy/1"

enum level { LEVEL_OFF, LEVEL_WARN, LEVEL_ERROR, LEVEL_COUNT };

static const char *const level_names[LEVEL_COUNT] = {
	[LEVEL_OFF] = "off", [LEVEL_WARN] = "warn", [LEVEL_ERROR] = "error"};

struct bounds {
	double min, max; /* NAN: there is none */
};

struct metric_limit {
	char *metric;
	struct bounds bounds;
};

/* What is to be said of a rule, or of a number of the report. */
struct clause {
	char *name;
	enum level level;
	struct bounds bounds; /* of a number */
	struct metric_limit
		*limits; /* of a rule: only beyond one of these; none: whenever it is found */
	size_t limits_count;
};

struct clauses {
	struct clause *clause;
	size_t count;
};

struct policy {
	char *schema;
	enum level otherwise; /* for findings of rules without a clause */
	struct clauses rules, numbers;
	const struct ruleset *known; /* while it is read */
};

static int read_level(struct reading *r, struct json_object *value, void *into)
{
	const char *name = json_object_get_string(value);

	for (enum level level = 0; level < LEVEL_COUNT; level++) {
		if (strcmp(level_names[level], name) == 0) {
			*(enum level *)into = level;
			return 0;
		}
	}
	return reading_refuse(r, "\"%s\" is none of off, warn, error", name);
}

static const struct field bounds_fields[] = {
	{"min", FIELD_NUMBER, false, reading_number, offsetof(struct bounds, min)},
	{"max", FIELD_NUMBER, false, reading_number, offsetof(struct bounds, max)},
	{0},
};

static int read_bounds(struct reading *r, struct json_object *value, struct bounds *into)
{
	int error = reading_expect(r, value, FIELD_OBJECT);

	*into = (struct bounds){NAN, NAN};
	if (!error)
		error = reading_fields(r, value, bounds_fields, into);
	if (!error && isnan(into->min) && isnan(into->max))
		error = reading_refuse(r, "needs a \"min\" or a \"max\"");
	return error;
}

/* Metrics that a finding rests on, each with bounds. */
static int read_limits(struct reading *r, struct json_object *value, struct clause *clause)
{
	int error = reading_expect(r, value, FIELD_OBJECT);

	if (error)
		return error;
	clause->limits =
		calloc((size_t)json_object_object_length(value) + 1, sizeof(struct metric_limit));
	if (!clause->limits)
		return -ENOMEM;
	json_object_object_foreach(value, name, bounds)
	{
		struct metric_limit *limit = &clause->limits[clause->limits_count++];
		size_t place = reading_enter(r, ".%s", name);

		if (!metric_find(name))
			return reading_refuse(r, "there is no metric \"%s\"; the nearest is \"%s\"",
				name, metric_nearest(name));
		limit->metric = strdup(name);
		error = limit->metric ? read_bounds(r, bounds, &limit->bounds) : -ENOMEM;
		reading_leave(r, place);
		if (error)
			return error;
	}
	return 0;
}

/* LEVEL, or [LEVEL, {...}]. */
static int read_clause(struct reading *r, struct json_object *value, struct clause *clause,
	bool is_rule, struct json_object **ret_more)
{
	*ret_more = NULL;
	if (json_object_is_type(value, json_type_string) && is_rule)
		return read_level(r, value, &clause->level);
	if (!json_object_is_type(value, json_type_array) || json_object_array_length(value) != 2)
		return reading_refuse(r, is_rule ? "expected a level, or [level, {limits}]"
						 : "expected [level, {\"min\" or \"max\"}]");
	*ret_more = json_object_array_get_idx(value, 1);
	value = json_object_array_get_idx(value, 0);
	if (reading_expect(r, value, FIELD_STRING))
		return -EINVAL;
	return read_level(r, value, &clause->level);
}

static int clauses_read(struct reading *r, struct json_object *object, struct clauses *into,
	int (*read)(struct reading *r, struct json_object *value, struct clause *clause))
{
	into->clause = calloc((size_t)json_object_object_length(object) + 1, sizeof(struct clause));
	if (!into->clause)
		return -ENOMEM;
	json_object_object_foreach(object, name, value)
	{
		struct clause *clause = &into->clause[into->count++];
		size_t place = reading_enter(r, ".%s", name);
		int error;

		clause->name = strdup(name);
		error = clause->name ? read(r, value, clause) : -ENOMEM;
		reading_leave(r, place);
		if (error)
			return error;
	}
	return 0;
}

static int read_rule(struct reading *r, struct json_object *value, struct clause *clause)
{
	struct json_object *limits;
	int error = read_clause(r, value, clause, true, &limits);

	return error || !limits ? error : read_limits(r, limits, clause);
}

static int read_number(struct reading *r, struct json_object *value, struct clause *clause)
{
	struct json_object *bounds;
	int error = read_clause(r, value, clause, false, &bounds);

	return error ? error : read_bounds(r, bounds, &clause->bounds);
}

static bool rests_on(const struct rule *rule, const char *metric)
{
	for (size_t i = 0; i < rule->when_count; i++)
		for (size_t j = 0; j < rule->when[i].count; j++)
			if (rule->when[i].any[j].metric == metric_find(metric))
				return true;
	return false;
}

/* A limit on a number that the rule never tells would let everything pass. */
static int rule_check(struct reading *r, const struct clause *clause, const struct ruleset *known)
{
	const struct rule *rule = ruleset_find(known, clause->name);

	if (!rule)
		return reading_refuse(
			r, "there is no rule \"%s\"; see concadvise rules list", clause->name);
	for (size_t i = 0; i < clause->limits_count; i++)
		if (!rests_on(rule, clause->limits[i].metric))
			return reading_refuse(r,
				"%s does not test \"%s\"; see concadvise rules explain %s",
				clause->name, clause->limits[i].metric, clause->name);
	return 0;
}

static int read_rules(struct reading *r, struct json_object *value, void *into)
{
	struct policy *p = into;
	int error = clauses_read(r, value, &p->rules, read_rule);

	for (size_t i = 0; i < p->rules.count && !error; i++)
		error = rule_check(r, &p->rules.clause[i], p->known);
	return error;
}

static int read_numbers(struct reading *r, struct json_object *value, void *into)
{
	return clauses_read(r, value, into, read_number);
}

static const struct field policy_fields[] = {
	{"schema", FIELD_STRING, true, reading_text, offsetof(struct policy, schema)},
	{"default", FIELD_STRING, false, read_level, offsetof(struct policy, otherwise)},
	{"rules", FIELD_OBJECT, false, read_rules, 0},
	{"numbers", FIELD_OBJECT, false, read_numbers, offsetof(struct policy, numbers)},
	{0},
};

int policy_read(const char *path, const struct ruleset *rules, struct policy **ret_policy,
	char **ret_reason)
{
	struct reading reading = {.origin = path};
	struct policy *p = calloc(1, sizeof(*p));
	struct json_object *root = NULL;
	int error;

	if (!p)
		return -ENOMEM;
	p->known = rules;
	error = document_read(path, POLICY_SIZE_MAX, &root, ret_reason);
	if (!error) {
		error = reading_fields(&reading, root, policy_fields, p);
		if (!error && strcmp(p->schema, POLICY_SCHEMA) != 0)
			error = reading_refuse(
				&reading, "schema: is \"%s\", not " POLICY_SCHEMA, p->schema);
		*ret_reason = reading.reason;
	}
	json_object_put(root);
	if (error)
		policy_free(p);
	else
		*ret_policy = p;
	return error;
}

static void clauses_free(struct clauses *clauses)
{
	for (size_t i = 0; i < clauses->count; i++) {
		struct clause *clause = &clauses->clause[i];

		for (size_t j = 0; j < clause->limits_count; j++)
			free(clause->limits[j].metric);
		free(clause->limits);
		free(clause->name);
	}
	free(clauses->clause);
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	clauses_free(&p->rules);
	clauses_free(&p->numbers);
	free(p->schema);
	free(p);
}

/* What is not known is within any bounds. */
static bool is_beyond(const struct bounds *b, double value)
{
	return value < b->min || value > b->max;
}

static const struct clause *clause_find(const struct clauses *clauses, const char *name)
{
	for (size_t i = 0; i < clauses->count; i++)
		if (strcmp(clauses->clause[i].name, name) == 0)
			return &clauses->clause[i];
	return NULL;
}

/* Of the metrics that a finding rests on, one is beyond its limit; without limits any finding is.
 */
static bool exceeds(const struct clause *clause, struct json_object *finding)
{
	for (size_t i = 0; i < value_count(finding, "evidence"); i++) {
		struct json_object *evidence = value_element(finding, "evidence", i);

		for (size_t j = 0; j < clause->limits_count; j++)
			if (strcmp(clause->limits[j].metric, value_words(evidence, "metric")) ==
					0 &&
				is_beyond(
					&clause->limits[j].bounds, value_number(evidence, "value")))
				return true;
	}
	return clause->limits_count == 0;
}

static const char *level_word(enum level level)
{
	return level == LEVEL_ERROR ? "error" : "warning";
}

static enum level finding_judge(const struct policy *p, struct json_object *finding, FILE *to)
{
	const char *rule = value_words(finding, "rule");
	const struct clause *clause = clause_find(&p->rules, rule);
	enum level level = clause ? clause->level : p->otherwise;
	const char *place = value_text(finding, "place");

	if (level == LEVEL_OFF || (clause && !exceeds(clause, finding)))
		return LEVEL_OFF;
	fprintf(to, "%s: %s: %s%s%s\n", level_word(level), rule, value_words(finding, "title"),
		place ? ": " : "", place ? place : "");
	return level;
}

static enum level number_judge(const struct clause *clause, struct json_object *report, FILE *to)
{
	double value = value_number(report, clause->name);
	bool low = value < clause->bounds.min;

	if (clause->level == LEVEL_OFF || !is_beyond(&clause->bounds, value))
		return LEVEL_OFF;
	fprintf(to, "%s: %s is %.4g, %s %.4g\n", level_word(clause->level), clause->name, value,
		low ? "below" : "above", low ? clause->bounds.min : clause->bounds.max);
	return clause->level;
}

bool policy_judge(const struct policy *p, struct json_object *report, FILE *to)
{
	bool error = false;

	for (size_t i = 0; i < value_count(report, "findings"); i++)
		error |= finding_judge(p, value_element(report, "findings", i), to) == LEVEL_ERROR;
	for (size_t i = 0; i < p->numbers.count; i++)
		error |= number_judge(&p->numbers.clause[i], report, to) == LEVEL_ERROR;
	return error;
}
