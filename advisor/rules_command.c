/*
 * rules_command: shows rules to people, and checks the rules that people write.
 */
#include "rules_command.h"

#include "analyzer/metric.h"
#include "page.h"
#include "quantity.h"
#include "rule.h"
#include "ruleset.h"
#include "status.h"
#include "word.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_COLUMNS 26

static struct page page_on(FILE *to)
{
	struct page page = {.to = to};

	terminal_style(to, COLOUR_AUTO, &page.style);
	return page;
}

static int complain(const char *words, const char *about)
{
	struct page page = page_on(stderr);

	page_print(&page, INK_PLAIN, "concadvise: %s%s", words, about);
	page_newline(&page);
	return STATUS_USAGE;
}

/* An id is what is typed next: it is never cut. */
static int ids_width(const struct ruleset *rules)
{
	int most = ID_COLUMNS;

	for (size_t i = 0; i < ruleset_count(rules); i++) {
		int length = (int)strlen(ruleset_at(rules, i)->id);

		most = length > most ? length : most;
	}
	return most;
}

static void list_row(struct page *page, const struct rule *r, int width)
{
	page_cell(page, INK_BOLD, width, r->id);
	page_tab(page, width + 2);
	page_cell(page, INK_PLAIN, 9, r->has_severity ? severity_name(r->severity) : "-");
	page_cell(page, INK_PLAIN, 8, r->has_verdict ? action_name(r->verdict.action) : "-");
	page_print(page, INK_PLAIN, "%s", r->title);
	page_newline(page);
}

static int rules_list(const struct ruleset *rules, char **words)
{
	struct page page = page_on(stdout);
	int width;

	if (words[0])
		return complain("rules list takes no further words: ", words[0]);
	width = ids_width(rules);
	for (size_t i = 0; i < ruleset_count(rules); i++)
		list_row(&page, ruleset_at(rules, i), width);
	return EXIT_SUCCESS;
}

/* As docs/rules.md has it; a test compares the two. */
static int rules_metrics(const struct ruleset *rules, char **words)
{
	const struct metric *metric;
	const struct word *named;
	size_t count;

	(void)rules;
	if (words[0])
		return complain("rules metrics takes no further words: ", words[0]);
	puts("| metric | unit | meaning |\n| --- | --- | --- |");
	for (size_t i = 0; (metric = metric_at(i)); i++)
		printf("| `%s` | %s | %s |\n", metric->name, metric->unit, metric->meaning);
	named = word_all(&count);
	puts("\n| word | meaning |\n| --- | --- |");
	for (size_t i = 0; i < count; i++)
		printf("| `%s` | %s |\n", named[i].name, named[i].meaning);
	return EXIT_SUCCESS;
}

static void explain_threshold(struct page *page, const struct condition *c)
{
	if (!c->other)
		page_print(page, INK_PLAIN, "%s", quantity_of(c->value, c->metric->unit).text);
	else if (c->value < 1 || c->value > 1)
		page_print(page, INK_PLAIN, "%g x %s", c->value, c->other->name);
	else
		page_print(page, INK_PLAIN, "%s", c->other->name);
}

static void explain_condition(struct page *page, const struct condition *c, bool alternative)
{
	page_print(page, INK_PLAIN, "  %s%s %s ", alternative ? "or " : "", c->metric->name,
		comparison_name(c->comparison));
	explain_threshold(page, c);
	page_newline(page);
	page_tab(page, 6);
	page_paragraph(page, INK_DIM, 6, c->metric->meaning);
	if (!c->why)
		return;
	page_print(page, INK_PLAIN, "      because");
	page_paragraph(page, INK_PLAIN, 6, c->why);
}

static void explain_lines(struct page *page, const char *heading, const struct rule_lines *lines)
{
	if (lines->count > 0)
		page_heading(page, heading, NULL);
	for (size_t i = 0; i < lines->count; i++) {
		page_print(page, INK_PLAIN, "  -");
		page_paragraph(page, INK_PLAIN, 4, lines->line[i]);
	}
}

static void explain_verdict(struct page *page, const struct rule_verdict *v)
{
	page_print(page, INK_PLAIN, "  verdict: %s, %s, model %s, rank %d", v->class,
		action_name(v->action), v->current ? "as it is now" : model_name(v->model),
		v->rank);
	page_newline(page);
}

static void explain_actions(struct page *page, const struct rule *r)
{
	char heading[80];

	for (size_t i = 0; i < r->actions_count; i++) {
		const struct rule_actions *a = &r->actions[i];

		snprintf(heading, sizeof(heading), "What to do: %s", a->runtime);
		if (a->has_version)
			snprintf(heading, sizeof(heading), "What to do: %s %s %d.%d", a->runtime,
				comparison_name(a->comparison), a->major, a->minor);
		explain_lines(page, heading, &a->lines);
	}
}

static void explain(struct page *page, const struct rule *r)
{
	page_print(page, INK_BOLD, "%s", r->id);
	page_right(page, INK_DIM, r->origin);
	page_newline(page);
	page_print(page, INK_PLAIN, "  %s", r->title);
	page_newline(page);
	if (r->has_severity) {
		page_print(page, INK_PLAIN, "  severity: %s", severity_name(r->severity));
		page_newline(page);
	}
	if (r->has_verdict)
		explain_verdict(page, &r->verdict);
	page_heading(page, r->when_count > 0 ? "When all of this holds" : "Always", NULL);
	for (size_t i = 0; i < r->when_count; i++)
		for (size_t j = 0; j < r->when[i].count; j++)
			explain_condition(page, &r->when[i].any[j], j > 0);
	if (r->unless.count > 0)
		page_heading(page, "Unless", NULL);
	for (size_t i = 0; i < r->unless.count; i++)
		explain_condition(page, &r->unless.any[i], i > 0);
	page_heading(page, "It says", NULL);
	if (r->summary)
		page_paragraph(page, INK_PLAIN, 2, r->summary);
	page_paragraph(page, INK_PLAIN, 2, r->message);
	explain_actions(page, r);
	explain_lines(page, "It assumes", &r->assumptions);
	explain_lines(page, "Silences", &r->excludes);
	explain_lines(page, "Sources", &r->sources);
	explain_lines(page, "See", &r->see);
}

static int rules_explain(const struct ruleset *rules, char **words)
{
	struct page page = page_on(stdout);

	if (!words[0])
		return complain("rules explain needs the name of a rule; rules list has them", "");
	for (; *words; words++) {
		const struct rule *r = ruleset_find(rules, *words);

		if (!r)
			return complain("there is no such rule (rules list has them): ", *words);
		explain(&page, r);
		if (words[1])
			page_newline(&page);
	}
	return EXIT_SUCCESS;
}

/* A rule by itself: what it names may stand in a file that is checked with it. */
static int check_file(struct page *page, const char *path, struct ruleset *together)
{
	struct rule *rule;
	char *reason = NULL;
	int error = ruleset_read_file(path, &rule, &reason);

	if (error) {
		complain(reason ? reason : strerror(-error), "");
		free(reason);
		return error;
	}
	page_print(page, INK_PLAIN, "%s: ok, %zu %s", path, rule->examples_count,
		rule->examples_count == 1 ? "example" : "examples");
	page_newline(page);
	return ruleset_add(together, rule);
}

static int rules_check(const struct ruleset *rules, char **words)
{
	struct page page = page_on(stdout);
	struct ruleset *together = NULL;
	char *reason = NULL;
	bool failed = false;

	(void)rules;
	if (!words[0])
		return complain("rules check needs files", "");
	if (ruleset_new(&together, &reason) != 0) {
		complain(reason ? reason : "out of memory", "");
		free(reason);
		return STATUS_USAGE;
	}
	for (; *words; words++)
		failed |= check_file(&page, *words, together) != 0;
	if (!failed && ruleset_check(together, &reason) != 0) {
		complain(reason ? reason : "out of memory", "");
		free(reason);
		failed = true;
	}
	ruleset_free(together);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int rules_command(const struct ruleset *rules, char **words)
{
	static const struct {
		const char *name;
		int (*run)(const struct ruleset *rules, char **words);
	} commands[] = {
		{"list", rules_list},
		{"metrics", rules_metrics},
		{"explain", rules_explain},
		{"check", rules_check},
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, words[0]) == 0)
			return commands[i].run(rules, words + 1);
	return complain("rules needs list, metrics, explain or check, not ", words[0]);
}
