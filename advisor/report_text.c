/*
 * report_text: the report for people: the verdict first, then the numbers that prove it, then what
 * to do, then how far to trust it. Always in this order, so that two reports can be compared; a
 * section with nothing to say is left out.
 */
#include "format.h"

#include "advice.h"
#include "page.h"
#include "probe/measurement.h"
#include "quantity.h"
#include "spread.h"
#include "subject.h"
#include "text_section.h"
#include "word.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A command longer than this is cut. */
#define COMMAND_WIDTH 60

static void text_free(char **text)
{
	free(*text);
}

/* The command as it was typed; a process that was attached to by its number and name. */
static char *command_text(const struct profile *p)
{
	__attribute__((cleanup(text_free))) char *program = NULL;
	const struct measured_target *t = &p->measurement->target;
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	if (t->command) {
		for (char **word = t->command; *word; word++)
			fprintf(to, "%s%s", word == t->command ? "" : " ", *word);
	} else {
		program = word_text(word_find("program"), p);
		fprintf(to, "pid");
		for (size_t i = 0; i < t->pids_count; i++)
			fprintf(to, "%s%d", i > 0 ? "," : " ", t->pids[i]);
		if (program)
			fprintf(to, " %s", program);
	}
	fclose(to);
	return text;
}

/* Parts of the head are set apart by three blanks, and go on a next line when one is full. */
static void head_part(struct page *page, const char *text)
{
	if (page->column > 0 && page->column + 3 + (int)strlen(text) > page->style.width)
		page_newline(page);
	if (page->column > 0)
		page_print(page, INK_PLAIN, "   ");
	page_print(page, page->column == 0 ? INK_BOLD : INK_PLAIN, "%s", text);
}

/* A number and a noun. */
#define COUNTED_SIZE (sizeof(struct quantity) + 12)

static void counted(char *text, size_t size, size_t count, const char *one, const char *many)
{
	snprintf(text, size, "%s %s", quantity_of((double)count, "count").text,
		count == 1 ? one : many);
}

static void write_head(struct page *page, const struct advice *a)
{
	const struct profile *p = a->profile;
	__attribute__((cleanup(text_free))) char *command = command_text(p);
	__attribute__((cleanup(text_free))) char *runtime = word_text(word_find("runtime"), p);
	char processes[COUNTED_SIZE], threads[COUNTED_SIZE], both[2 * COUNTED_SIZE + 2];

	head_part(page, "concadvise");
	if (command) {
		page_print(page, INK_PLAIN, "   ");
		if (strlen(command) > COMMAND_WIDTH)
			page_cell(page, INK_PLAIN, COMMAND_WIDTH, command);
		else
			page_print(page, INK_PLAIN, "%s", command);
	}
	if (runtime)
		head_part(page, runtime);
	counted(processes, sizeof(processes), p->measurement->processes_count, "process",
		"processes");
	counted(threads, sizeof(threads), measurement_threads(p->measurement), "thread", "threads");
	snprintf(both, sizeof(both), "%s, %s", processes, threads);
	head_part(page, both);
	head_part(page, quantity_of(p->wall_s, "s").text);
	page_newline(page);
}

static enum ink action_ink(enum action action)
{
	static const enum ink inks[ACTION_COUNT] = {
		[ACTION_ADOPT] = INK_WARNING,
		[ACTION_TUNE] = INK_WARNING,
		[ACTION_FIX] = INK_BAD,
		[ACTION_KEEP] = INK_GOOD,
		[ACTION_MEASURE] = INK_DIM,
	};

	return inks[action];
}

/* What was seen, in words; the numbers one by one with -v. */
static void write_verdict(struct page *page, const struct advice *a)
{
	char certainty[80];

	if (page->style.verbosity >= 0)
		page_newline(page); /* below the head */
	page_tab(page, 2);
	page_paragraph(page, action_ink(a->action), 2, a->summary);
	if (a->place)
		page_paragraph(page, INK_BOLD, 2, a->place);
	for (size_t i = 0; i < a->reasons_count; i++)
		if (i < a->reasons_told || page->style.verbosity > 0)
			page_paragraph(page, INK_PLAIN, 2, a->reasons[i]);
	snprintf(certainty, sizeof(certainty), "%s, confidence %s", a->diagnosis,
		confidence_name(a->confidence));
	page_right(page, INK_DIM, certainty);
	page_newline(page);
}

static void write_runs(struct page *page, const struct advice *a)
{
	__attribute__((cleanup(text_free))) char *text = a->runs ? spread_text(a->runs) : NULL;

	if (!text)
		return;
	page_newline(page);
	page_tab(page, 2);
	page_paragraph(page, INK_PLAIN, 2, text);
}

static void write_platform(struct page *page, const struct advice *a)
{
	const struct measurement *m = a->profile->measurement;
	const struct measured_host *h = &m->host;

	page_newline(page);
	page_print(page, INK_DIM, "Linux %s, %s, %d of %d CPUs", h->kernel ? h->kernel : "?",
		h->arch ? h->arch : "?", h->cpus_allowed, h->cpus_online);
	if (h->cpu_quota == h->cpu_quota)
		page_print(page, INK_DIM, ", quota of %.3g", h->cpu_quota);
	page_print(page, INK_DIM, ", %s", m->backend ? m->backend : "?");
	page_right(page, INK_DIM, "details: -v, --explain, -f json");
	page_newline(page);
}

static const struct {
	void (*write)(struct page *page, const struct advice *a);
	int verbosity; /* written from this one up */
} sections[] = {
	{write_head, 0},
	{write_verdict, -1},
	{write_runs, -1},
	{section_time, 0},
	{section_sites, 0},
	{section_predictions, 0},
	{section_scaling, 0},
	{section_waits, 0},
	{section_locks, 0},
	{section_loops, 0},
	{section_threads, 1},
	{section_steps, 0},
	{section_findings, 0},
	{section_quality, 0},
	{section_considered, -1},
	{write_platform, 0},
};

int report_text_write(const struct advice *a, const struct style *style, FILE *to)
{
	struct page page = {.to = to, .style = *style};

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (style->verbosity >= sections[i].verbosity)
			sections[i].write(&page, a);
	return 0;
}
