/*
 * text_judged: the sections of the text report that say what follows from the measurement.
 */
#include "text_section.h"

#include "advice.h"
#include "alternative.h"
#include "page.h"
#include "quantity.h"
#include "rule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shorter costs are not told: they are below a clock's own. */
#define COST_TOLD_S 1e-6

static const char *const model_labels[MODEL_COUNT] = {
	[MODEL_SEQUENTIAL] = "sequential",
	[MODEL_THREADS] = "threads",
	[MODEL_PROCESSES] = "processes",
	[MODEL_EVENT_LOOP] = "event loop",
	[MODEL_HYBRID] = "hybrid",
};

static bool is_service(const struct prediction *p)
{
	return isfinite(p->capacity);
}

static bool is_known(const struct prediction *p)
{
	return is_service(p) || isfinite(p->speedup);
}

static bool premise_is_given(const struct premise *p)
{
	return !isnan(p->cpus) || p->workers > 0 || p->operations != 1;
}

static void prediction_range(struct page *page, const struct prediction *p, bool supposed)
{
	struct quantity low = quantity_of(p->speedup_low, "x");
	struct quantity high = quantity_of(p->speedup_high, "x");
	char text[2 * sizeof(struct quantity) + 4] = "";

	if (p->current && p->speedup == 1)
		snprintf(text, sizeof(text), supposed ? "as it is built" : "measured");
	else if (strcmp(low.text, high.text) != 0)
		snprintf(text, sizeof(text), "%s to %s", low.text, high.text);
	page_cell(page, INK_DIM, 18, text);
}

static void prediction_numbers(
	struct page *page, enum ink ink, const struct prediction *p, bool supposed)
{
	if (is_service(p)) {
		page_cell(page, ink, -9, quantity_of(p->capacity, "x").text);
		page_tab(page, 40);
		page_cell(page, INK_DIM, 18, p->current ? "as it is" : "");
		return;
	}
	page_cell(page, ink, -9, quantity_of(p->wall_s, "s").text);
	page_cell(page, ink, -9, quantity_of(p->speedup, "x").text);
	page_tab(page, 40);
	prediction_range(page, p, supposed);
}

static void prediction_row(struct page *page, const struct advice *a, const struct prediction *p)
{
	bool chosen = p->model == a->model && a->action == ACTION_ADOPT;
	enum ink ink = chosen ? INK_BOLD : INK_PLAIN;
	char workers[16] = "";

	if (p->workers > 1)
		snprintf(workers, sizeof(workers), "x%d", p->workers);
	page_print(page, ink, chosen ? "> " : "  ");
	page_cell(page, ink, 11, model_labels[p->model]);
	page_cell(page, ink, 6, workers);
	prediction_numbers(page, ink, p, premise_is_given(&a->profile->premise));
	if (p->limited_by != LIMIT_NOTHING)
		page_print(page, INK_DIM, "limit: %s", limit_label(p->limited_by, a->profile));
	page_newline(page);
}

/* Where there was too little to do, what other models could do with more is no news. */
static bool is_comparison_told(const struct page *page, const struct advice *a)
{
	bool idle = a->action == ACTION_KEEP && strcmp(a->diagnosis, "idle") == 0;

	return page->style.verbosity > 0 || (a->action != ACTION_MEASURE && !idle);
}

/* "2 CPUs usable", or what is supposed instead. */
static void premise_text(char *to, size_t size, const struct profile *p)
{
	const struct premise *premise = &p->premise;
	double cpus = isnan(premise->cpus) ? p->concurrency.cpus : premise->cpus;
	int length = snprintf(to, size, "%.3g %s %s", cpus, cpus > 1 ? "CPUs" : "CPU",
		isnan(premise->cpus) ? "usable" : "supposed");

	if (premise->operations != 1 && length > 0 && (size_t)length < size)
		snprintf(to + length, size - (size_t)length, ", %gx the operations",
			premise->operations);
}

/* What the chosen model costs beside the work. */
static void costs_write(struct page *page, const struct advice *a)
{
	const struct prediction *row = prediction_of(a->profile, a->model);
	const struct prediction_costs none = {0}, *c = row ? &row->costs : &none;
	const struct {
		const char *words, *unit;
		double value, least;
	} costs[] = {
		{"to begin", "s", c->once_s, COST_TOLD_S},
		{"to start each", "s", c->each_s, COST_TOLD_S},
		{"to wake one", "s", c->wakeup_s, COST_TOLD_S},
		{"to hand out an operation", "s", c->operation_s, COST_TOLD_S},
		{"to pass a result", "s", c->passing_s, COST_TOLD_S},
		{"of memory each", "bytes", c->worker_bytes, 1},
	};
	char text[300] = "";
	size_t length = 0;

	for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++)
		if (costs[i].value >= costs[i].least && length < sizeof(text))
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s %s %s",
				length ? "," : "", quantity_of(costs[i].value, costs[i].unit).text,
				costs[i].words);
	if (a->action != ACTION_ADOPT || length == 0)
		return;
	page_print(page, INK_DIM, "  Counted in:");
	page_paragraph(page, INK_DIM, 4, text);
}

void section_predictions(struct page *page, const struct advice *a)
{
	const struct profile *p = a->profile;
	char premise[80];
	size_t shown = 0;

	if (!is_comparison_told(page, a))
		return;
	premise_text(premise, sizeof(premise), p);
	for (size_t i = 0; i < p->predictions_count; i++) {
		const struct prediction *row = &p->predictions[i];

		if (!is_known(row))
			continue;
		if (shown++ == 0)
			page_heading(page,
				is_service(row) ? "Times the measured load that it could carry"
						: "The same work would take",
				premise);
		prediction_row(page, a, row);
	}
	if (shown > 0)
		costs_write(page, a);
	for (size_t i = 0; i < a->assumptions_count && shown > 0; i++) {
		page_print(page, INK_DIM, "  Assumed:");
		page_paragraph(page, INK_DIM, 4, a->assumptions[i]);
	}
}

static const struct scaling *scaling_find(const struct profile *p, enum model m, int workers)
{
	for (size_t i = 0; i < p->scaling_count; i++)
		if (p->scaling[i].model == m && p->scaling[i].workers == workers)
			return &p->scaling[i];
	return NULL;
}

static void scaling_cell(struct page *page, const struct scaling *at)
{
	const char *unit = at && isfinite(at->capacity) ? "x" : "s";
	double value = !at ? NAN : isfinite(at->capacity) ? at->capacity : at->wall_s;

	page_cell(page, INK_PLAIN, -13, isnan(value) ? "" : quantity_of(value, unit).text);
}

/* How each model that has workers goes on with more of them. */
void section_scaling(struct page *page, const struct advice *a)
{
	static const enum model models[] = {MODEL_THREADS, MODEL_PROCESSES};
	const struct profile *p = a->profile;
	char premise[80];
	int most = 0;

	if (page->style.verbosity < 1 && !premise_is_given(&p->premise))
		return;
	for (size_t i = 0; i < p->scaling_count; i++)
		most = p->scaling[i].workers > most ? p->scaling[i].workers : most;
	if (most == 0)
		return;
	premise_text(premise, sizeof(premise), p);
	page_heading(page, "With more workers", premise);
	page_cell(page, INK_DIM, -9, "workers");
	for (size_t m = 0; m < sizeof(models) / sizeof(models[0]); m++)
		page_cell(page, INK_DIM, -13, model_labels[models[m]]);
	page_newline(page);
	for (int workers = 1; workers <= most; workers *= 2) {
		char number[16];

		snprintf(number, sizeof(number), "%d", workers);
		page_cell(page, INK_PLAIN, -9, number);
		for (size_t m = 0; m < sizeof(models) / sizeof(models[0]); m++)
			scaling_cell(page, scaling_find(p, models[m], workers));
		page_newline(page);
	}
}

static void steps_write(struct page *page, int indent, char *const *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		page_tab(page, indent);
		page_print(page, INK_PLAIN, "%zu. ", i + 1);
		page_paragraph(page, INK_PLAIN, indent + 3, steps[i]);
	}
}

/* Why not another model: beside a change, and wherever another is predicted to be better. */
static bool is_alternative_told(
	const struct page *page, const struct advice *a, const struct alternative *alternative)
{
	bool simple = alternative->model != MODEL_HYBRID;

	if (page->style.verbosity > 0)
		return true;
	return is_comparison_told(page, a) &&
	       ((a->action == ACTION_ADOPT && simple) || alternative->better);
}

void section_steps(struct page *page, const struct advice *a)
{
	size_t told = 0;

	for (size_t i = 0; i < a->alternatives_count; i++)
		told += is_alternative_told(page, a, &a->alternatives[i]);
	if (a->steps_count == 0 && told == 0)
		return;
	page_heading(page, "What to do", NULL);
	steps_write(page, 2, a->steps, a->steps_count);
	for (size_t i = 0; i < a->alternatives_count; i++) {
		const struct alternative *alternative = &a->alternatives[i];

		if (!is_alternative_told(page, a, alternative))
			continue;
		page_print(page, INK_DIM, "  Not %s:", model_labels[alternative->model]);
		page_paragraph(page, INK_DIM, 4, alternative->why_not);
	}
}

static enum ink severity_ink(enum severity severity)
{
	return severity == SEVERITY_CRITICAL  ? INK_BAD
	       : severity == SEVERITY_WARNING ? INK_WARNING
					      : INK_PLAIN;
}

/* The verdict's own rule has been told already. */
void section_findings(struct page *page, const struct advice *a)
{
	size_t shown = 0;

	for (size_t i = 0; i < a->findings_count; i++) {
		const struct finding *f = &a->findings[i];

		if (f->rule == a->rule)
			continue;
		if (shown++ == 0)
			page_heading(page, "Also seen", NULL);
		page_tab(page, 2);
		page_print(page, severity_ink(f->severity), "%s", f->title);
		page_right(page, severity_ink(f->severity), severity_name(f->severity));
		page_newline(page);
		page_paragraph(page, INK_PLAIN, 4, f->message);
		if (f->place) {
			page_tab(page, 4);
			page_paragraph(page, INK_PLAIN, 4, f->place);
		}
		steps_write(page, 4, f->actions, f->actions_count);
	}
}

static void considered_head(
	struct page *page, const struct advice *a, const struct consideration *c)
{
	char silenced[80];

	page_tab(page, 2);
	page_print(page, c->fired ? INK_BOLD : INK_PLAIN, "%s", c->rule->id);
	if (c->rule == a->rule) {
		page_right(page, INK_GOOD, "gives the verdict");
	} else if (c->silenced_by && c->fired) {
		snprintf(silenced, sizeof(silenced), "overruled by %s", c->silenced_by->id);
		page_right(page, INK_DIM, silenced);
	} else {
		page_right(page, INK_DIM, c->fired ? "applies" : "does not apply");
	}
	page_newline(page);
}

static void evidence_row(struct page *page, const struct evidence *e, const char *joined)
{
	char asked[64];

	snprintf(asked, sizeof(asked), "%s %s", e->op, quantity_of(e->threshold, e->unit).text);
	page_tab(page, 4);
	page_print(page, e->held ? INK_GOOD : INK_DIM, e->held ? "[x]" : "[ ]");
	page_print(page, INK_PLAIN, " %s", joined);
	page_cell(page, INK_PLAIN, 37 - (int)strlen(joined), e->metric);
	page_cell(page, INK_PLAIN, -13, quantity_of(e->value, e->unit).text);
	page_print(page, INK_DIM, "   asked %s", asked);
	page_newline(page);
}

void section_considered(struct page *page, const struct advice *a)
{
	if (!page->style.explain)
		return;
	page_heading(page, "Every rule that was considered", "by rank");
	for (size_t i = 0; i < a->considered_count; i++) {
		const struct consideration *c = &a->considered[i];
		size_t row = 0;

		considered_head(page, a, c);
		for (size_t j = 0; j < c->rule->when_count; j++)
			for (size_t k = 0; k < c->rule->when[j].count; k++)
				evidence_row(page, &c->evidence[row++], k > 0 ? "or " : "");
		for (; row < c->evidence_count; row++)
			evidence_row(page, &c->evidence[row], "unless ");
	}
}
