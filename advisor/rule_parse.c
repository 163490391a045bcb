/*
 * rule_parse: a rule's JSON text into a struct rule, or the place and the reason why not.
 *
 * One table a JSON object, one row a key. docs/rules.md describes the same keys for authors.
 */
#include "rule.h"

#include "analyzer/metric.h"
#include "reading.h"
#include "template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No rule of use is near this; what is larger is no rule. */
#define RULE_SIZE_MAX (1 << 20)
#define RULE_DEPTH_MAX 16
#define ACTIONS_MAX 3 /* a person follows three; the fourth hides the first */

static int read_metric(struct reading *r, struct json_object *value, void *into)
{
	const char *name = json_object_get_string(value);
	const struct metric *metric = metric_find(name);

	if (!metric)
		return reading_refuse(r, "there is no metric \"%s\"; the nearest is \"%s\"", name,
			metric_nearest(name));
	*(const struct metric **)into = metric;
	return 0;
}

/* Lines of an array make one paragraph. */
static int read_prose(struct reading *r, struct json_object *value, void *into)
{
	return reading_joined(r, value, " ", into);
}

static int check_template(struct reading *r, const char *text)
{
	char *problem = NULL;
	int error = template_check(text, &problem);

	if (error && problem) {
		error = reading_refuse(r, "%s", problem);
		free(problem);
	}
	return error;
}

static int read_template(struct reading *r, struct json_object *value, void *into)
{
	int error = reading_joined(r, value, " ", into);

	return error ? error : check_template(r, *(char **)into);
}

/* Lines of an array stay lines: an action may hold code. */
static int read_action_text(struct reading *r, struct json_object *value, void *into)
{
	int error = reading_joined(r, value, "\n", into);

	return error ? error : check_template(r, *(char **)into);
}

static int read_lines(struct reading *r, struct json_object *value, void *into)
{
	struct rule_lines *lines = into;

	return reading_array(r, value, FIELD_ANY, read_prose, sizeof(char *), (void **)&lines->line,
		&lines->count);
}

static int read_templates(struct reading *r, struct json_object *value, void *into)
{
	struct rule_lines *lines = into;

	return reading_array(r, value, FIELD_ANY, read_template, sizeof(char *),
		(void **)&lines->line, &lines->count);
}

static int read_action_texts(struct reading *r, struct json_object *value, void *into)
{
	struct rule_lines *lines = into;

	return reading_array(r, value, FIELD_ANY, read_action_text, sizeof(char *),
		(void **)&lines->line, &lines->count);
}

static int read_comparison(struct reading *r, struct json_object *value, void *into)
{
	const char *name = json_object_get_string(value);

	if (comparison_parse(name, into))
		return reading_refuse(r, "\"%s\" is none of < <= > >= == !=", name);
	return 0;
}

/* { "metric": "host.cpus", "times": 2 }: a threshold that another metric gives. */
static const struct field threshold_fields[] = {
	{"metric", FIELD_STRING, true, read_metric, offsetof(struct condition, other)},
	{"times", FIELD_NUMBER, false, reading_number, offsetof(struct condition, value)},
	{0},
};

static int read_threshold(struct reading *r, struct json_object *value, void *into)
{
	struct condition *condition = into;

	switch (json_object_get_type(value)) {
	case json_type_boolean:
		condition->value = json_object_get_boolean(value);
		return 0;
	case json_type_object:
		condition->value = 1;
		return reading_fields(r, value, threshold_fields, condition);
	default:
		if (reading_expect(r, value, FIELD_NUMBER))
			return -EINVAL;
		return reading_number(r, value, &condition->value);
	}
}

static const struct field condition_fields[] = {
	{"metric", FIELD_STRING, true, read_metric, offsetof(struct condition, metric)},
	{"op", FIELD_STRING, true, read_comparison, offsetof(struct condition, comparison)},
	{"value", FIELD_ANY, true, read_threshold, 0},
	{"why", FIELD_ANY, false, read_prose, offsetof(struct condition, why)},
	{0},
};

static int read_condition(struct reading *r, struct json_object *value, void *into)
{
	return reading_fields(r, value, condition_fields, into);
}

static int read_any(struct reading *r, struct json_object *value, void *into)
{
	struct condition_group *group = into;
	int error = reading_array(r, value, FIELD_OBJECT, read_condition, sizeof(*group->any),
		(void **)&group->any, &group->count);

	if (!error && group->count == 0)
		return reading_refuse(r, "needs at least one condition");
	return error;
}

static const struct field group_fields[] = {
	{"any", FIELD_ARRAY, true, read_any, 0},
	{0},
};

/* A condition, or a group of which any may hold. */
static int read_group(struct reading *r, struct json_object *value, void *into)
{
	struct condition_group *group = into;

	if (json_object_object_get_ex(value, "any", NULL))
		return reading_fields(r, value, group_fields, group);
	group->any = calloc(1, sizeof(*group->any));
	if (!group->any)
		return -ENOMEM;
	group->count = 1;
	return read_condition(r, value, group->any);
}

static int read_when(struct reading *r, struct json_object *value, void *into)
{
	struct rule *rule = into;

	return reading_array(r, value, FIELD_OBJECT, read_group, sizeof(*rule->when),
		(void **)&rule->when, &rule->when_count);
}

static int read_unless(struct reading *r, struct json_object *value, void *into)
{
	struct condition_group *group = into;

	return reading_array(r, value, FIELD_OBJECT, read_condition, sizeof(*group->any),
		(void **)&group->any, &group->count);
}

static int read_severity(struct reading *r, struct json_object *value, void *into)
{
	struct rule *rule = into;
	const char *name = json_object_get_string(value);

	if (severity_parse(name, &rule->severity))
		return reading_refuse(r, "\"%s\" is none of info, warning, critical", name);
	rule->has_severity = true;
	return 0;
}

static int read_place(struct reading *r, struct json_object *value, void *into)
{
	const char *name = json_object_get_string(value);

	for (enum place place = PLACE_NONE + 1; place < PLACE_COUNT; place++) {
		if (strcmp(place_name(place), name) == 0) {
			*(enum place *)into = place;
			return 0;
		}
	}
	return reading_refuse(r, "there is no place \"%s\"", name);
}

static int read_class(struct reading *r, struct json_object *value, void *into)
{
	const char *name = json_object_get_string(value);
	const char *found = diagnosis_find(name);

	if (!found)
		return reading_refuse(r, "there is no class \"%s\"", name);
	*(const char **)into = found;
	return 0;
}

static int read_action(struct reading *r, struct json_object *value, void *into)
{
	const char *name = json_object_get_string(value);

	if (action_parse(name, into))
		return reading_refuse(r, "\"%s\" is none of adopt, tune, fix, keep, measure", name);
	return 0;
}

static int read_model(struct reading *r, struct json_object *value, void *into)
{
	struct rule_verdict *verdict = into;
	const char *name = json_object_get_string(value);

	verdict->current = strcmp(name, "current") == 0;
	if (verdict->current)
		return 0;
	for (enum model m = 0; m < MODEL_COUNT; m++) {
		if (strcmp(model_name(m), name) == 0) {
			verdict->model = m;
			return 0;
		}
	}
	return reading_refuse(r, "\"%s\" is neither a model nor \"current\"", name);
}

static const struct field verdict_fields[] = {
	{"class", FIELD_STRING, true, read_class, offsetof(struct rule_verdict, class)},
	{"action", FIELD_STRING, true, read_action, offsetof(struct rule_verdict, action)},
	{"model", FIELD_STRING, true, read_model, 0},
	{"rank", FIELD_NUMBER, true, reading_integer, offsetof(struct rule_verdict, rank)},
	{"workers", FIELD_STRING, false, read_metric, offsetof(struct rule_verdict, workers)},
	{"speedup", FIELD_STRING, false, read_metric, offsetof(struct rule_verdict, speedup)},
	{0},
};

static int read_verdict(struct reading *r, struct json_object *value, void *into)
{
	struct rule *rule = into;

	rule->has_verdict = true;
	return reading_fields(r, value, verdict_fields, &rule->verdict);
}

/* "cpython", "cpython>=3.9", "any" */
static int read_runtime(struct reading *r, const char *name, struct rule_actions *actions)
{
	static const char *const known[] = {"any", "native", "cpython", "pypy", "ruby", "node",
		"jvm", "go", "dotnet", "beam", "php", "perl", "r"};
	size_t length = strcspn(name, "<>=!");
	char comparison[3] = "";
	int end = 0;
	bool is_known = false;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		is_known |= strlen(known[i]) == length && strncmp(known[i], name, length) == 0;
	if (!is_known)
		return reading_refuse(r, "there is no runtime of this name");
	actions->runtime = strndup(name, length);
	if (!actions->runtime)
		return -ENOMEM;
	if (name[length] == '\0')
		return 0;
	actions->has_version = true;
	/* The minor version may be left out. */
	(void)sscanf(name + length, "%2[<>=!]%9d%n.%9d%n", comparison, &actions->major, &end,
		&actions->minor, &end);
	if (end > 0 && name[length + (size_t)end] == '\0' &&
		comparison_parse(comparison, &actions->comparison) == 0)
		return 0;
	return reading_refuse(r, "expected a version as in \"cpython>=3.9\"");
}

static int read_runtime_actions(struct reading *r, const char *name, struct json_object *value,
	struct rule_actions *actions)
{
	int error = read_runtime(r, name, actions);

	if (!error)
		error = reading_expect(r, value, FIELD_ARRAY);
	if (!error)
		error = read_action_texts(r, value, &actions->lines);
	if (!error && (actions->lines.count == 0 || actions->lines.count > ACTIONS_MAX))
		return reading_refuse(r, "needs one to %d actions", ACTIONS_MAX);
	return error;
}

static int read_actions(struct reading *r, struct json_object *value, void *into)
{
	struct rule *rule = into;
	size_t count = (size_t)json_object_object_length(value);

	rule->actions = calloc(count + 1, sizeof(*rule->actions));
	if (!rule->actions)
		return -ENOMEM;
	json_object_object_foreach(value, name, lines)
	{
		size_t place = reading_enter(r, ".%s", name);
		int error =
			read_runtime_actions(r, name, lines, &rule->actions[rule->actions_count++]);

		if (error)
			return error;
		reading_leave(r, place);
	}
	return 0;
}

static int read_given(struct reading *r, struct json_object *value, void *into)
{
	struct rule_example *example = into;
	size_t count = (size_t)json_object_object_length(value);

	example->given = calloc(count + 1, sizeof(*example->given));
	if (!example->given)
		return -ENOMEM;
	json_object_object_foreach(value, name, number)
	{
		struct rule_given *given = &example->given[example->count++];
		size_t place = reading_enter(r, "[\"%s\"]", name);

		given->metric = metric_find(name);
		if (!given->metric)
			return reading_refuse(r, "there is no such metric; the nearest is \"%s\"",
				metric_nearest(name));
		if (json_object_is_type(number, json_type_boolean))
			given->value = json_object_get_boolean(number);
		else if (reading_expect(r, number, FIELD_NUMBER) ||
			 reading_number(r, number, &given->value))
			return -EINVAL;
		reading_leave(r, place);
	}
	return 0;
}

static const struct field example_fields[] = {
	{"given", FIELD_OBJECT, true, read_given, 0},
	{"fires", FIELD_BOOLEAN, true, reading_boolean, offsetof(struct rule_example, fires)},
	{0},
};

static int read_example(struct reading *r, struct json_object *value, void *into)
{
	return reading_fields(r, value, example_fields, into);
}

static int read_examples(struct reading *r, struct json_object *value, void *into)
{
	struct rule *rule = into;

	return reading_array(r, value, FIELD_OBJECT, read_example, sizeof(*rule->examples),
		(void **)&rule->examples, &rule->examples_count);
}

static const struct field rule_fields[] = {
	{"id", FIELD_STRING, true, reading_text, offsetof(struct rule, id)},
	{"title", FIELD_STRING, true, reading_text, offsetof(struct rule, title)},
	{"severity", FIELD_STRING, false, read_severity, 0},
	{"when", FIELD_ARRAY, true, read_when, 0},
	{"unless", FIELD_ARRAY, false, read_unless, offsetof(struct rule, unless)},
	{"verdict", FIELD_OBJECT, false, read_verdict, 0},
	{"summary", FIELD_ANY, false, read_template, offsetof(struct rule, summary)},
	{"message", FIELD_ANY, true, read_template, offsetof(struct rule, message)},
	{"place", FIELD_STRING, false, read_place, offsetof(struct rule, place)},
	{"actions", FIELD_OBJECT, false, read_actions, 0},
	{"assumptions", FIELD_ARRAY, false, read_templates, offsetof(struct rule, assumptions)},
	{"excludes", FIELD_ARRAY, false, read_lines, offsetof(struct rule, excludes)},
	{"contradicts", FIELD_ARRAY, false, read_lines, offsetof(struct rule, contradicts)},
	{"sources", FIELD_ARRAY, false, read_lines, offsetof(struct rule, sources)},
	{"see", FIELD_ARRAY, false, read_lines, offsetof(struct rule, see)},
	{"examples", FIELD_ARRAY, true, read_examples, 0},
	{0},
};

/* What the keys must be to each other. */
static int rule_check(struct reading *r, const struct rule *rule, const char *id)
{
	bool fires = false, rests = rule->when_count == 0 && rule->unless.count == 0;

	if (strcmp(rule->id, id) != 0)
		return reading_refuse(
			r, "id: is \"%s\", but the file is named \"%s\"", rule->id, id);
	if (!rule->has_severity && !rule->has_verdict)
		return reading_refuse(r, "needs a \"severity\", a \"verdict\" or both");
	if (rule->has_verdict && !rule->summary)
		return reading_refuse(r, "a rule with a \"verdict\" needs a \"summary\"");
	for (size_t i = 0; i < rule->examples_count; i++) {
		fires |= rule->examples[i].fires;
		rests |= !rule->examples[i].fires;
	}
	if (!fires || !rests)
		return reading_refuse(r, "examples: needs one that fires and one that does not");
	return 0;
}

static int line_at(const char *text, size_t offset)
{
	int line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

static int parse_json(
	struct reading *r, const char *text, size_t size, struct json_object **ret_root)
{
	struct json_tokener *tokener = json_tokener_new_ex(RULE_DEPTH_MAX);
	struct json_object *root;
	enum json_tokener_error error;
	size_t end;

	if (!tokener)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* One byte more: the closing NUL tells the tokener that the text ends. */
	root = json_tokener_parse_ex(tokener, text, (int)size + 1);
	error = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (error != json_tokener_success)
		return reading_refuse(r, "line %d: not JSON: %s",
			line_at(text, end < size ? end : size), json_tokener_error_desc(error));
	if (!root || !json_object_is_type(root, json_type_object)) {
		json_object_put(root);
		return reading_refuse(r, "a rule is a JSON object");
	}
	*ret_root = root;
	return 0;
}

int rule_parse(const char *text, size_t size, const char *id, const char *origin,
	struct rule **ret_rule, char **ret_reason)
{
	struct reading reading = {.origin = origin};
	struct rule *rule = calloc(1, sizeof(*rule));
	struct json_object *root = NULL;
	int error = rule ? 0 : -ENOMEM;

	if (!error && (size > RULE_SIZE_MAX || memchr(text, '\0', size)))
		error = reading_refuse(&reading, "not a text of at most %d bytes", RULE_SIZE_MAX);
	if (!error)
		error = parse_json(&reading, text, size, &root);
	if (!error)
		error = reading_fields(&reading, root, rule_fields, rule);
	if (!error)
		error = rule_check(&reading, rule, id);
	if (!error && !(rule->origin = strdup(origin)))
		error = -ENOMEM;
	json_object_put(root);
	if (error) {
		rule_free(rule);
		*ret_reason = reading.reason;
		return error;
	}
	*ret_rule = rule;
	return 0;
}
