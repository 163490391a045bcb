/*
 * difference_text: two reports side by side for people: the outcome first, then the numbers.
 */
#include "difference.h"

#include "json.h"
#include "page.h"
#include "quantity.h"
#include "value.h"

#include <json-c/json.h>
#include <math.h>
#include <string.h>

static void write_outcome(struct page *page, struct json_object *difference)
{
	bool worse = value_is_true(difference, "worse"), better = false;

	for (size_t i = 0; i < value_count(difference, "figures"); i++) {
		struct json_object *row = value_element(difference, "figures", i);

		better |= value_is_true(row, "judged") &&
			  strcmp(value_words(row, "outcome"), "less") == 0;
	}
	page_tab(page, 2);
	page_print(page, worse ? INK_BAD : INK_GOOD, "%s",
		worse    ? "Worse than BASE by more than the noise."
		: better ? "Better than BASE by more than the noise."
			 : "No change beyond the noise.");
	page_newline(page);
}

/* "1.20 s"; with -v, of several runs, "1.20 s (1.15 s to 1.31 s)". */
static void write_range(struct page *page, struct json_object *row, const char *side)
{
	struct json_object *range = value_at(row, side);
	double min = value_number(range, "min"), max = value_number(range, "max");

	page_print(page, INK_PLAIN, "%s", quantity_of(value_number(range, "median"), "s").text);
	if (max > min && page->style.verbosity > 0)
		page_print(page, INK_DIM, " (%s to %s)", quantity_of(min, "s").text,
			quantity_of(max, "s").text);
}

static const char *outcome_words(struct json_object *row)
{
	const char *outcome = value_words(row, "outcome");

	if (!value_is_true(row, "judged"))
		return "not judged";
	if (strcmp(outcome, "same") == 0)
		return "within noise";
	return strcmp(outcome, "more") == 0 ? "worse" : "better";
}

static void write_row(struct page *page, struct json_object *row)
{
	double change = value_number(row, "change");

	/* A program without an event loop has no such turns. */
	if (isnan(value_number(row, "base.median")) && isnan(value_number(row, "new.median")))
		return;
	page_tab(page, 2);
	page_print(page, INK_PLAIN, "%s", value_words(row, "title"));
	page_tab(page, 26);
	write_range(page, row, "base");
	page_print(page, INK_PLAIN, " -> ");
	write_range(page, row, "new");
	if (isfinite(change))
		page_print(page, INK_PLAIN, "  %+.0f %%", change * 100);
	page_right(page, INK_PLAIN, outcome_words(row));
	page_newline(page);
}

static void write_noise(struct page *page, struct json_object *difference)
{
	double least = 100 * value_number(value_element(difference, "figures", 0), "least");

	page_tab(page, 2);
	if (strcmp(value_words(difference, "noise"), "measured") == 0)
		page_print(page, INK_DIM,
			"Noise: the ranges of %.0f and %.0f runs, and at least %.0f %% of "
			"wall time.",
			value_number(difference, "base.runs"), value_number(difference, "new.runs"),
			least);
	else
		page_print(page, INK_DIM,
			"Noise: assumed, %.0f %% of wall time; --runs 5 of both measures it.",
			least);
	page_newline(page);
}

static void write_findings(
	struct page *page, struct json_object *difference, const char *key, const char *words)
{
	for (size_t i = 0; i < value_count(difference, key); i++) {
		page_tab(page, 2);
		page_print(page, INK_PLAIN, "%s: %s", words, value_line(difference, key, i));
		page_newline(page);
	}
}

static void write_verdicts(struct page *page, struct json_object *difference)
{
	static const char *const sides[] = {"base", "new"};

	for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
		struct json_object *side = value_at(difference, sides[i]);

		page_tab(page, 2);
		page_print(page, INK_PLAIN, "%s", i == 0 ? "BASE  " : "NEW   ");
		page_paragraph(page, INK_PLAIN, 8, value_words(side, "summary"));
	}
}

int difference_text_write(struct json_object *difference, const struct style *style, FILE *to)
{
	struct page page = {.to = to, .style = *style};

	write_outcome(&page, difference);
	if (style->verbosity < 0)
		return 0;
	page_newline(&page);
	for (size_t i = 0; i < value_count(difference, "figures"); i++)
		write_row(&page, value_element(difference, "figures", i));
	write_noise(&page, difference);
	page_newline(&page);
	write_verdicts(&page, difference);
	write_findings(&page, difference, "findings_new", "new finding");
	write_findings(&page, difference, "findings_gone", "gone");
	return 0;
}
