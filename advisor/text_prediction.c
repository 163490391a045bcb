/*
 * text_prediction: the sections of the text report that say how long the same work would take under
 * each model, and with more workers.
 */
#include "text_section.h"

#include "label.h"
#include "page.h"
#include "quantity.h"
#include "value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Shorter costs are not told: they are below a clock's own. */
#define COST_TOLD_S 1e-6
#define RANGE_COLUMN 40
#define LIMIT_COLUMN 58
#define NOTE_INDENT 19 /* of either, below the numbers */

static bool is_service(struct json_object *row)
{
	return !isnan(value_number(row, "capacity"));
}

static bool is_known(struct json_object *row)
{
	return is_service(row) || !isnan(value_number(row, "speedup"));
}

static bool premise_is_given(struct json_object *report)
{
	static const char *const keys[] = {"premise.cpus", "premise.workers", "premise.operations"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!isnan(value_number(report, keys[i])))
			return true;
	return false;
}

/* What follows the numbers: in its column, or below them. */
static void note_put(struct page *page, int column, const char *text)
{
	if (column + (int)strlen(text) > page->style.width) {
		page_newline(page);
		column = NOTE_INDENT;
	}
	page_tab(page, column);
	page_print(page, INK_DIM, "%s", text);
}

static void prediction_range(struct page *page, struct json_object *row, bool supposed)
{
	struct quantity low = quantity_of(value_number(row, "speedup_low"), "x");
	struct quantity high = quantity_of(value_number(row, "speedup_high"), "x");
	char text[2 * sizeof(struct quantity) + 4] = "";

	if (value_is_true(row, "current") && value_number(row, "speedup") == 1)
		snprintf(text, sizeof(text), supposed ? "as it is built" : "measured");
	else if (strcmp(low.text, high.text) != 0)
		snprintf(text, sizeof(text), "%s to %s", low.text, high.text);
	if (*text)
		note_put(page, RANGE_COLUMN, text);
}

static void prediction_numbers(
	struct page *page, enum ink ink, struct json_object *row, bool supposed)
{
	if (is_service(row)) {
		page_cell(page, ink, -9, quantity_of(value_number(row, "capacity"), "x").text);
		if (value_is_true(row, "current"))
			note_put(page, RANGE_COLUMN, "as it is");
		return;
	}
	page_cell(page, ink, -9, quantity_of(value_number(row, "wall_s"), "s").text);
	page_cell(page, ink, -9, quantity_of(value_number(row, "speedup"), "x").text);
	prediction_range(page, row, supposed);
}

static void prediction_limit(struct page *page, struct json_object *report, struct json_object *row)
{
	const char *limit = value_words(row, "limited_by");
	char text[80];

	if (strcmp(limit, "nothing") == 0)
		return;
	snprintf(text, sizeof(text), "limit: %s",
		label_limit(limit, value_words(report, "target.subject.runtime")));
	note_put(page, LIMIT_COLUMN, text);
}

static bool is_of_model(struct json_object *row, const char *model)
{
	return strcmp(value_words(row, "model"), model) == 0;
}

static bool is_adopted(struct json_object *report)
{
	return strcmp(value_words(report, "recommendation.action"), "adopt") == 0;
}

static void prediction_row(struct page *page, struct json_object *report, struct json_object *row)
{
	bool chosen =
		is_adopted(report) && is_of_model(row, value_words(report, "recommendation.model"));
	enum ink ink = chosen ? INK_BOLD : INK_PLAIN;
	char workers[16] = "";

	if (value_whole(row, "workers") > 1)
		snprintf(workers, sizeof(workers), "x%d", value_whole(row, "workers"));
	page_print(page, ink, chosen ? "> " : "  ");
	page_cell(page, ink, 11, label_model(value_words(row, "model")));
	page_cell(page, ink, 6, workers);
	prediction_numbers(page, ink, row, premise_is_given(report));
	prediction_limit(page, report, row);
	page_newline(page);
}

bool is_comparison_told(const struct page *page, struct json_object *report)
{
	const char *action = value_words(report, "recommendation.action");
	bool idle = strcmp(action, "keep") == 0 &&
		    strcmp(value_words(report, "diagnosis.class"), "idle") == 0;

	return page->style.verbosity > 0 || (strcmp(action, "measure") != 0 && !idle);
}

/* "2 CPUs usable", or what is supposed instead. */
static void premise_text(char *to, size_t size, struct json_object *report)
{
	double supposed = value_number(report, "premise.cpus");
	double operations = value_number(report, "premise.operations");
	double cpus = isnan(supposed) ? value_number(report, "concurrency.cpus_usable") : supposed;
	int length = snprintf(to, size, "%.3g %s %s", cpus, cpus > 1 ? "CPUs" : "CPU",
		isnan(supposed) ? "usable" : "supposed");

	if (!isnan(operations) && length > 0 && (size_t)length < size)
		snprintf(to + length, size - (size_t)length, ", %gx the operations", operations);
}

static struct json_object *prediction_find(struct json_object *report, const char *model)
{
	for (size_t i = 0; i < value_count(report, "predictions"); i++)
		if (is_of_model(value_element(report, "predictions", i), model))
			return value_element(report, "predictions", i);
	return NULL;
}

/* What the chosen model costs beside the work. */
static void costs_write(struct page *page, struct json_object *report)
{
	static const struct {
		const char *key, *unit, *words;
		double least;
	} costs[] = {
		{"costs.once_s", "s", "to begin", COST_TOLD_S},
		{"costs.worker_s", "s", "to start each", COST_TOLD_S},
		{"costs.wakeup_s", "s", "to wake one", COST_TOLD_S},
		{"costs.operation_s", "s", "to hand out an operation", COST_TOLD_S},
		{"costs.result_s", "s", "to pass a result", COST_TOLD_S},
		{"costs.worker_bytes", "bytes", "of memory each", 1},
	};
	struct json_object *row =
		prediction_find(report, value_words(report, "recommendation.model"));
	char text[300] = "";
	size_t length = 0;

	for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++) {
		double cost = value_number(row, costs[i].key);

		if (cost >= costs[i].least && length < sizeof(text))
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s %s %s",
				length ? "," : "", quantity_of(cost, costs[i].unit).text,
				costs[i].words);
	}
	if (!is_adopted(report) || length == 0)
		return;
	page_print(page, INK_DIM, "  Counted in:");
	page_paragraph(page, INK_DIM, 4, text);
}

static void assumptions_write(struct page *page, struct json_object *report)
{
	for (size_t i = 0; i < value_count(report, "recommendation.assumptions"); i++) {
		page_print(page, INK_DIM, "  Assumed:");
		page_paragraph(
			page, INK_DIM, 4, value_line(report, "recommendation.assumptions", i));
	}
}

void section_predictions(struct page *page, struct json_object *report)
{
	char premise[80];
	size_t shown = 0;

	if (!is_comparison_told(page, report))
		return;
	premise_text(premise, sizeof(premise), report);
	for (size_t i = 0; i < value_count(report, "predictions"); i++) {
		struct json_object *row = value_element(report, "predictions", i);

		if (!is_known(row))
			continue;
		if (shown++ == 0)
			page_heading(page,
				is_service(row) ? "Times the measured load it could carry"
						: "The same work would take",
				premise);
		prediction_row(page, report, row);
	}
	if (shown == 0)
		return;
	costs_write(page, report);
	assumptions_write(page, report);
}

static void scaling_cell(
	struct page *page, struct json_object *report, const char *model, long workers)
{
	for (size_t i = 0; i < value_count(report, "scaling"); i++) {
		struct json_object *at = value_element(report, "scaling", i);
		double wall_s = value_number(at, "wall_s");

		if (!is_of_model(at, model) || value_whole(at, "workers") != workers)
			continue;
		if (is_service(at))
			page_cell(page, INK_PLAIN, -13,
				quantity_of(value_number(at, "capacity"), "x").text);
		else
			page_cell(page, INK_PLAIN, -13,
				isnan(wall_s) ? "" : quantity_of(wall_s, "s").text);
		return;
	}
	page_cell(page, INK_PLAIN, -13, "");
}

static int workers_most(struct json_object *report)
{
	int most = 0;

	for (size_t i = 0; i < value_count(report, "scaling"); i++) {
		int workers = value_whole(value_element(report, "scaling", i), "workers");

		most = workers > most ? workers : most;
	}
	return most;
}

/* How each model that has workers goes on with more of them. */
void section_scaling(struct page *page, struct json_object *report)
{
	static const char *const models[] = {"threads", "processes"};
	int most = workers_most(report);
	char premise[80];

	if (most == 0 || (page->style.verbosity < 1 && !premise_is_given(report)))
		return;
	premise_text(premise, sizeof(premise), report);
	page_heading(page, "With more workers", premise);
	page_cell(page, INK_DIM, -9, "workers");
	for (size_t m = 0; m < sizeof(models) / sizeof(models[0]); m++)
		page_cell(page, INK_DIM, -13, label_model(models[m]));
	page_newline(page);
	for (long workers = 1; workers <= most; workers *= 2) {
		char number[24];

		snprintf(number, sizeof(number), "%ld", workers);
		page_cell(page, INK_PLAIN, -9, number);
		for (size_t m = 0; m < sizeof(models) / sizeof(models[0]); m++)
			scaling_cell(page, report, models[m], workers);
		page_newline(page);
	}
}
