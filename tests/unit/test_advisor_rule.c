/* Rules: what is refused and with which words; what fires; sets of rules. */
#include "advisor/rule.h"
#include "advisor/ruleset.h"
#include "analyzer/metric.h"
#include "scene.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD "{\"id\": \"r\", \"title\": \"t\", \"severity\": \"info\", \"message\": \"m\", "
#define EXAMPLES                                                             \
	"\"examples\": [{\"given\": {\"run.wall_s\": 3}, \"fires\": true}, " \
	"{\"given\": {\"run.wall_s\": 1}, \"fires\": false}]"
#define WHEN "\"when\": [{\"metric\": \"run.wall_s\", \"op\": \">\", \"value\": 2}], "

static int parse(const char *text, struct rule **ret, char **ret_reason)
{
	*ret_reason = NULL;
	return rule_parse(text, strlen(text), "r", "r.json", ret, ret_reason);
}

static struct rule *parsed(const char *text)
{
	struct rule *rule = NULL;
	char *reason;

	if (parse(text, &rule, &reason))
		fail_msg("%s", reason);
	return rule;
}

/* Each with a piece of the message that must be there: the place, and what is wrong. */
static void nonsense_is_refused_with_place_and_reason(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{"", "line 1: not JSON"},
		{"{\n\"id\": \"r\",\n oops}", "line 3: not JSON"},
		{"[]", "a rule is a JSON object"},
		{"{}", "\"id\" is missing"},
		{HEAD WHEN "\"examples\": [], \"whn\": 1}", "there is no key \"whn\""},
		{HEAD "\"when\": {}, " EXAMPLES "}", "when: expected an array, found object"},
		{HEAD "\"when\": [{\"metric\": \"run.wal_s\", \"op\": \">\", \"value\": 2}], " EXAMPLES
		      "}",
			"when[0].metric: there is no metric \"run.wal_s\"; the nearest is \"run.wall_s\""},
		{HEAD "\"when\": [{\"metric\": \"run.wall_s\", \"op\": \"=>\", \"value\": 2}], " EXAMPLES
		      "}",
			"when[0].op: \"=>\" is none of"},
		{HEAD "\"when\": [{\"metric\": \"run.wall_s\", \"op\": \">\"}], " EXAMPLES "}",
			"when[0]: \"value\" is missing"},
		{HEAD "\"when\": [{\"metric\": \"run.wall_s\", \"op\": \">\", \"value\": \"2\"}], " EXAMPLES
		      "}",
			"when[0].value: expected a number, found string"},
		{HEAD "\"when\": [{\"any\": []}], " EXAMPLES "}",
			"when[0].any: needs at least one condition"},
		{HEAD WHEN "\"examples\": [{\"given\": {\"run.wall_s\": 3}, \"fires\": true}]}",
			"examples: needs one that fires and one that does not"},
		{HEAD WHEN "\"examples\": [{\"given\": {\"nothing\": 3}, \"fires\": true}]}",
			"examples[0].given[\"nothing\"]: there is no such metric"},
		{HEAD WHEN EXAMPLES ", \"actions\": {\"cobol\": [\"x\"]}}",
			"actions.cobol: there is no runtime of this name"},
		{HEAD WHEN EXAMPLES ", \"actions\": {\"cpython>=new\": [\"x\"]}}",
			"actions.cpython>=new: expected a version"},
		{HEAD WHEN EXAMPLES ", \"actions\": {\"any\": [\"{unknown}\"]}}",
			"actions.any[0]: there is no metric or word of this name: \"unknown\""},
		{HEAD WHEN EXAMPLES ", \"actions\": {\"any\": []}}", "needs one to 3 actions"},
		{HEAD WHEN EXAMPLES ", \"verdict\": {\"class\": \"slow\", \"action\": \"keep\", "
				    "\"model\": \"current\", \"rank\": 1}}",
			"verdict.class: there is no class \"slow\""},
		{HEAD WHEN EXAMPLES ", \"verdict\": {\"class\": \"idle\", \"action\": \"keep\", "
				    "\"model\": \"current\", \"rank\": 1.5}}",
			"verdict.rank: expected a whole number"},
		{HEAD WHEN EXAMPLES ", \"verdict\": {\"class\": \"idle\", \"action\": \"keep\", "
				    "\"model\": \"current\", \"rank\": 1}}",
			"needs a \"summary\""},
		{"{\"id\": \"other\", \"title\": \"t\", \"severity\": \"info\", \"message\": \"m\", " WHEN
				EXAMPLES "}",
			"id: is \"other\", but the file is named \"r\""},
		{"{\"id\": \"r\", \"title\": \"t\", \"message\": \"m\", " WHEN EXAMPLES "}",
			"needs a \"severity\", a \"verdict\" or both"},
		{HEAD "\"when\": [{\"metric\": \"run.wall_s\", \"op\": \">\", \"value\": 1e999}], " EXAMPLES
		      "}",
			"out of range"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rule *rule = NULL;
		char *reason;

		if (parse(rows[i].text, &rule, &reason) != -EINVAL)
			fail_msg("accepted: %s", rows[i].text);
		assert_non_null(reason);
		if (strncmp(reason, "r.json: ", 8) != 0 || !strstr(reason, rows[i].words))
			fail_msg("\"%s\" is not in \"%s\"", rows[i].words, reason);
		free(reason);
	}
}

/* Whatever a good rule is cut to, it is refused without harm. */
static void cut_rules_are_refused(void **state)
{
	static const char good[] = HEAD WHEN EXAMPLES "}";

	(void)state;
	for (size_t size = 0; size < sizeof(good) - 1; size++) {
		char *text = strndup(good, size), *reason = NULL;
		struct rule *rule = NULL;

		assert_int_equal(rule_parse(text, size, "r", "r.json", &rule, &reason), -EINVAL);
		free(reason);
		free(text);
	}
}

struct value {
	const char *name;
	double value;
};

static double table_value(const struct metric *metric, const void *context)
{
	for (const struct value *row = context; row->name; row++)
		if (strcmp(row->name, metric->name) == 0)
			return row->value;
	return NAN;
}

static bool fires(const struct rule *rule, const struct value *values)
{
	struct metric_source source = {table_value, values};
	struct evidence *evidence;
	size_t count;
	int result = rule_test(rule, &source, &evidence, &count);

	assert_true(result >= 0);
	free(evidence);
	return result;
}

static void conditions_join_as_written(void **state)
{
	struct rule *rule = parsed(HEAD
		"\"when\": [{\"metric\": \"run.wall_s\", \"op\": \">=\", \"value\": 2},"
		"{\"any\": [{\"metric\": \"loop.count\", \"op\": \"==\", \"value\": 1},"
		"{\"metric\": \"waits.count\", \"op\": \">\", \"value\": "
		"{\"metric\": \"host.cpus\", \"times\": 10}}]}],"
		"\"unless\": [{\"metric\": \"run.service\", \"op\": \"==\", \"value\": true}]," EXAMPLES
		"}");

	(void)state;
	assert_true(fires(rule, (struct value[]){{"run.wall_s", 2}, {"loop.count", 1}, {0}}));
	assert_false(fires(rule, (struct value[]){{"run.wall_s", 1.9}, {"loop.count", 1}, {0}}));
	assert_false(fires(rule, (struct value[]){{"run.wall_s", 2}, {"loop.count", 2}, {0}}));
	assert_true(fires(rule,
		(struct value[]){{"run.wall_s", 2}, {"waits.count", 21}, {"host.cpus", 2}, {0}}));
	assert_false(fires(rule,
		(struct value[]){{"run.wall_s", 2}, {"waits.count", 20}, {"host.cpus", 2}, {0}}));
	/* A threshold that is not known does not hold; an "unless" that is not known does not stop.
	 */
	assert_false(fires(rule, (struct value[]){{"run.wall_s", 2}, {"waits.count", 21}, {0}}));
	assert_false(fires(rule,
		(struct value[]){{"run.wall_s", 2}, {"loop.count", 1}, {"run.service", 1}, {0}}));
	assert_false(fires(rule, (struct value[]){{"loop.count", 1}, {0}}));
	rule_free(rule);
}

static void the_unknown_holds_for_no_comparison(void **state)
{
	(void)state;
	for (enum comparison c = 0; c < COMPARISON_COUNT; c++) {
		assert_false(comparison_holds(c, NAN, 1));
		assert_false(comparison_holds(c, 1, NAN));
	}
	assert_true(comparison_holds(COMPARISON_NOT_EQUAL, 1, 2));
	assert_false(comparison_holds(COMPARISON_NOT_EQUAL, 2, 2));
	assert_true(comparison_holds(COMPARISON_EQUAL, 2, 2));
}

static void an_example_that_lies_is_told(void **state)
{
	struct rule *rule = parsed(
		HEAD WHEN "\"examples\": [{\"given\": {\"run.wall_s\": 3}, \"fires\": false},"
			  "{\"given\": {\"run.wall_s\": 3}, \"fires\": true}]}");
	char *reason = NULL;

	(void)state;
	assert_int_equal(rule_check_examples(rule, &reason), -EINVAL);
	assert_string_equal(reason, "r.json: examples[0]: fires, but should not");
	free(reason);
	rule_free(rule);
}

static void built_in_rules_do_what_their_examples_say(void **state)
{
	struct ruleset *rules = NULL;
	char *reason = NULL;

	(void)state;
	if (ruleset_new(&rules, &reason))
		fail_msg("%s", reason);
	assert_true(ruleset_count(rules) > 20);
	for (size_t i = 0; i < ruleset_count(rules); i++)
		if (rule_check_examples(ruleset_at(rules, i), &reason))
			fail_msg("%s", reason);
	if (ruleset_check(rules, &reason))
		fail_msg("%s", reason);
	ruleset_free(rules);
}

/* A condition without a reason is an opinion that nobody can argue with. */
static void built_in_conditions_say_why(void **state)
{
	struct ruleset *rules = NULL;
	char *reason = NULL;

	(void)state;
	assert_int_equal(ruleset_new(&rules, &reason), 0);
	for (size_t i = 0; i < ruleset_count(rules); i++) {
		const struct rule *r = ruleset_at(rules, i);

		for (size_t j = 0; j < r->when_count; j++)
			for (size_t k = 0; k < r->when[j].count; k++)
				if (!r->when[j].any[k].why)
					fail_msg("%s: when[%zu] has no \"why\"", r->id, j);
	}
	ruleset_free(rules);
}

/* More threads are never the cure where threads wait for a lock, or take turns at a global one. */
static void no_rule_adds_threads_where_locks_are_waited_for(void **state)
{
	struct ruleset *rules = NULL;
	char *reason = NULL;

	(void)state;
	assert_int_equal(ruleset_new(&rules, &reason), 0);
	for (size_t i = 0; i < ruleset_count(rules); i++) {
		const struct rule *r = ruleset_at(rules, i);
		int guards = 0;

		if (!r->has_verdict || r->verdict.current || r->verdict.model != MODEL_THREADS ||
			r->verdict.action == ACTION_KEEP)
			continue;
		for (size_t j = 0; j < r->when_count; j++) {
			const struct condition *c = &r->when[j].any[0];

			guards += r->when[j].count == 1 && c->comparison == COMPARISON_LESS &&
				  (strcmp(c->metric->name, "work.lock.share") == 0 ||
					  strcmp(c->metric->name, "work.interpreter_lock.share") ==
						  0);
		}
		if (guards != 2)
			fail_msg("%s may add threads where locks are waited for", r->id);
	}
	ruleset_free(rules);
}

static void file_write(const char *directory, const char *name, const char *text)
{
	char path[256];
	FILE *to;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	to = fopen(path, "w");
	assert_non_null(to);
	fputs(text, to);
	fclose(to);
}

static void file_remove(const char *directory, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	unlink(path);
}

static void a_directory_adds_and_replaces(void **state)
{
	char directory[] = "/tmp/concadvise-rules-XXXXXX", *reason = NULL;
	struct ruleset *rules = NULL;
	size_t before;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(ruleset_new(&rules, &reason), 0);
	before = ruleset_count(rules);
	file_write(directory, "r.json", HEAD WHEN EXAMPLES "}");
	file_write(directory, "lock-contention.json",
		"{\"id\": \"lock-contention\", \"title\": \"ours\", \"severity\": \"info\","
		"\"message\": \"m\", " WHEN EXAMPLES "}");
	file_write(directory, "notes.txt", "not a rule");
	if (ruleset_add_directory(rules, directory, &reason))
		fail_msg("%s", reason);
	assert_int_equal(ruleset_count(rules), before + 1);
	assert_non_null(ruleset_find(rules, "r"));
	assert_string_equal(ruleset_find(rules, "lock-contention")->title, "ours");

	file_write(directory, "r.json", HEAD WHEN EXAMPLES ", \"excludes\": [\"nobody\"]}");
	assert_int_equal(ruleset_add_directory(rules, directory, &reason), -EINVAL);
	assert_non_null(strstr(reason, "there is no rule \"nobody\""));
	free(reason);
	file_remove(directory, "r.json");
	file_remove(directory, "lock-contention.json");
	assert_int_equal(ruleset_add_directory(rules, directory, &reason), -ENOENT);
	free(reason);
	file_remove(directory, "notes.txt");
	rmdir(directory);
	ruleset_free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nonsense_is_refused_with_place_and_reason),
		cmocka_unit_test(cut_rules_are_refused),
		cmocka_unit_test(conditions_join_as_written),
		cmocka_unit_test(the_unknown_holds_for_no_comparison),
		cmocka_unit_test(an_example_that_lies_is_told),
		cmocka_unit_test(built_in_rules_do_what_their_examples_say),
		cmocka_unit_test(built_in_conditions_say_why),
		cmocka_unit_test(no_rule_adds_threads_where_locks_are_waited_for),
		cmocka_unit_test(a_directory_adds_and_replaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
