/*
 * text_judged: the sections of the text report that say what follows from the measurement: what to
 * do, what else was seen, and by which rules.
 */
#include "text_section.h"

#include "label.h"
#include "page.h"
#include "quantity.h"
#include "value.h"

#include <stdio.h>
#include <string.h>

#define EVIDENCE_ROOM 75 /* columns that a condition takes in one line */

static void steps_write(struct page *page, int indent, struct json_object *o, const char *path)
{
	for (size_t i = 0; i < value_count(o, path); i++) {
		page_tab(page, indent);
		page_print(page, INK_PLAIN, "%zu. ", i + 1);
		page_paragraph(page, INK_PLAIN, indent + 3, value_line(o, path, i));
	}
}

/* Why not another model: beside a change, and wherever another is predicted to be better. */
static bool is_alternative_told(
	const struct page *page, struct json_object *report, struct json_object *alternative)
{
	bool adopts = strcmp(value_words(report, "recommendation.action"), "adopt") == 0;
	bool simple = strcmp(value_words(alternative, "model"), "hybrid") != 0;

	if (page->style.verbosity > 0)
		return true;
	return is_comparison_told(page, report) &&
	       ((adopts && simple) || value_is_true(alternative, "better"));
}

void section_steps(struct page *page, struct json_object *report)
{
	static const char path[] = "recommendation.alternatives";
	size_t count = value_count(report, path), told = 0;

	for (size_t i = 0; i < count; i++)
		told += is_alternative_told(page, report, value_element(report, path, i));
	if (value_count(report, "recommendation.steps") == 0 && told == 0)
		return;
	page_heading(page, "What to do", NULL);
	steps_write(page, 2, report, "recommendation.steps");
	for (size_t i = 0; i < count; i++) {
		struct json_object *alternative = value_element(report, path, i);

		if (!is_alternative_told(page, report, alternative))
			continue;
		page_print(
			page, INK_DIM, "  Not %s:", label_model(value_words(alternative, "model")));
		page_paragraph(page, INK_DIM, 4, value_words(alternative, "why_not"));
	}
}

static enum ink severity_ink(const char *severity)
{
	return strcmp(severity, "critical") == 0  ? INK_BAD
	       : strcmp(severity, "warning") == 0 ? INK_WARNING
						  : INK_PLAIN;
}

static bool gives_verdict(struct json_object *report, struct json_object *row)
{
	return strcmp(value_words(row, "rule"), value_words(report, "recommendation.rule")) == 0;
}

static void finding_write(struct page *page, struct json_object *finding)
{
	const char *severity = value_words(finding, "severity");
	const char *place = value_text(finding, "place");

	page_tab(page, 2);
	page_print(page, severity_ink(severity), "%s", value_words(finding, "title"));
	page_right(page, severity_ink(severity), severity);
	page_newline(page);
	page_paragraph(page, INK_PLAIN, 4, value_words(finding, "message"));
	if (place) {
		page_tab(page, 4);
		page_paragraph(page, INK_PLAIN, 4, place);
	}
	steps_write(page, 4, finding, "actions");
}

/* The verdict's own rule has been told already. */
void section_findings(struct page *page, struct json_object *report)
{
	size_t shown = 0;

	for (size_t i = 0; i < value_count(report, "findings"); i++) {
		struct json_object *finding = value_element(report, "findings", i);

		if (gives_verdict(report, finding))
			continue;
		if (shown++ == 0)
			page_heading(page, "Also seen", NULL);
		finding_write(page, finding);
	}
}

static void considered_head(struct page *page, struct json_object *report, struct json_object *row)
{
	const char *silenced_by = value_text(row, "silenced_by");
	bool fired = value_is_true(row, "fired");
	char silenced[80];

	page_tab(page, 2);
	page_print(page, fired ? INK_BOLD : INK_PLAIN, "%s", value_words(row, "rule"));
	if (gives_verdict(report, row)) {
		page_right(page, INK_GOOD, "gives the verdict");
	} else if (silenced_by && fired) {
		snprintf(silenced, sizeof(silenced), "overruled by %s", silenced_by);
		page_right(page, INK_DIM, silenced);
	} else {
		page_right(page, INK_DIM, fired ? "applies" : "does not apply");
	}
	page_newline(page);
}

static void evidence_row(struct page *page, struct json_object *evidence, const char *joined)
{
	const char *unit = value_words(evidence, "unit");
	bool held = value_is_true(evidence, "held");

	page_tab(page, 4);
	page_print(page, held ? INK_GOOD : INK_DIM, held ? "[x]" : "[ ]");
	page_print(page, INK_PLAIN, " %s", joined);
	if (page->style.width < EVIDENCE_ROOM) {
		page_print(page, INK_PLAIN, "%s", value_words(evidence, "metric"));
		page_newline(page);
	} else {
		page_cell(
			page, INK_PLAIN, 37 - (int)strlen(joined), value_words(evidence, "metric"));
	}
	page_cell(page, INK_PLAIN, -13, quantity_of(value_number(evidence, "value"), unit).text);
	page_print(page, INK_DIM, "   asked %s %s", value_words(evidence, "op"),
		quantity_of(value_number(evidence, "threshold"), unit).text);
	page_newline(page);
}

/* Of conditions with the same number one must hold; of those without, none. */
static void considered_write(struct page *page, struct json_object *row)
{
	int before = -1;

	for (size_t i = 0; i < value_count(row, "evidence"); i++) {
		struct json_object *evidence = value_element(row, "evidence", i);
		int condition = value_whole(evidence, "condition");

		if (value_is_true(evidence, "unless"))
			evidence_row(page, evidence, "unless ");
		else
			evidence_row(page, evidence, condition == before ? "or " : "");
		before = condition;
	}
}

void section_considered(struct page *page, struct json_object *report)
{
	size_t count = value_count(report, "considered");

	if (!page->style.explain || count == 0)
		return;
	page_heading(page, "Every rule that was considered", "by rank");
	for (size_t i = 0; i < count; i++) {
		struct json_object *row = value_element(report, "considered", i);

		considered_head(page, report, row);
		considered_write(page, row);
	}
}
