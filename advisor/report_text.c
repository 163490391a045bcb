/*
 * report_text: the report for people: the verdict first, then the numbers that prove it, then what
 * to do, then how far to trust it. Always in this order, so that two reports can be compared; a
 * section with nothing to say is left out.
 */
#include "format.h"

#include "label.h"
#include "page.h"
#include "quantity.h"
#include "spread.h"
#include "text_section.h"
#include "value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A command longer than this is cut. */
#define COMMAND_WIDTH 60

static void text_free(char **text)
{
	free(*text);
}

static void process_write(FILE *to, struct json_object *target)
{
	const char *executable = value_text(target, "subject.executable");

	fprintf(to, "pid");
	for (size_t i = 0; i < value_count(target, "pids"); i++)
		fprintf(to, "%s%d", i > 0 ? "," : " ",
			value_whole(value_element(target, "pids", i), ""));
	if (executable)
		fprintf(to, " %s", label_base_name(executable));
}

/* The command as it was typed; a process that was attached to by its number and name. */
static char *command_text(struct json_object *target)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	if (!value_at(target, "command"))
		process_write(to, target);
	for (size_t i = 0; i < value_count(target, "command"); i++)
		fprintf(to, "%s%s", i > 0 ? " " : "", value_line(target, "command", i));
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

/* "CPython 3.11.2"; what has no runtime is native code. */
static void head_runtime(struct page *page, struct json_object *target)
{
	__attribute__((cleanup(text_free))) char *text = NULL;
	const char *runtime = value_text(target, "subject.runtime");
	const char *version = value_text(target, "subject.version");

	if (asprintf(&text, "%s%s%s", label_runtime(runtime ? runtime : "native"),
		    version ? " " : "", version ? version : "") < 0)
		text = NULL;
	if (text)
		head_part(page, text);
}

/* A number and a noun. */
#define COUNTED_SIZE (sizeof(struct quantity) + 12)

static void counted(char *text, size_t size, double count, const char *one, const char *many)
{
	snprintf(text, size, "%s %s", quantity_of(count, "count").text, count == 1 ? one : many);
}

/* A script that found the program and became it: its time is not part of what follows. */
static void head_launcher(struct page *page, struct json_object *launcher)
{
	char processes[COUNTED_SIZE];
	__attribute__((cleanup(text_free))) char *text = NULL;

	if (!launcher)
		return;
	counted(processes, sizeof(processes), value_number(launcher, "processes"), "process",
		"processes");
	if (asprintf(&text, "launched by %s in %s", processes,
		    quantity_of(value_number(launcher, "wall_s"), "s").text) < 0)
		text = NULL;
	if (text)
		head_part(page, text);
}

static void write_head(struct page *page, struct json_object *report)
{
	struct json_object *target = value_at(report, "target");
	__attribute__((cleanup(text_free))) char *command = command_text(target);
	char processes[COUNTED_SIZE], threads[COUNTED_SIZE], both[2 * COUNTED_SIZE + 2];
	int left = page->style.width - (int)strlen("concadvise   ");
	int room = left < COMMAND_WIDTH ? left : COMMAND_WIDTH;

	head_part(page, "concadvise");
	if (command) {
		page_print(page, INK_PLAIN, "   ");
		if (strlen(command) > (size_t)room)
			page_cell(page, INK_PLAIN, room, command);
		else
			page_print(page, INK_PLAIN, "%s", command);
	}
	head_runtime(page, target);
	counted(processes, sizeof(processes), value_number(report, "window.processes_seen"),
		"process", "processes");
	counted(threads, sizeof(threads), value_number(report, "window.threads_seen"), "thread",
		"threads");
	snprintf(both, sizeof(both), "%s, %s", processes, threads);
	head_part(page, both);
	head_part(page, quantity_of(value_number(report, "window.wall_s"), "s").text);
	head_launcher(page, value_at(target, "launcher"));
	page_newline(page);
}

static enum ink action_ink(const char *action)
{
	static const struct {
		const char *action;
		enum ink ink;
	} inks[] = {
		{"adopt", INK_WARNING},
		{"tune", INK_WARNING},
		{"fix", INK_BAD},
		{"keep", INK_GOOD},
		{"measure", INK_DIM},
	};

	for (size_t i = 0; i < sizeof(inks) / sizeof(inks[0]); i++)
		if (strcmp(inks[i].action, action) == 0)
			return inks[i].ink;
	return INK_PLAIN;
}

/* In words first; the numbers, of which each has a reason too, with -v. */
static void write_reasons(struct page *page, struct json_object *report)
{
	size_t count = value_count(report, "diagnosis.reasons");
	size_t numbers = value_count(report, "diagnosis.evidence");

	for (size_t i = 0; i < count; i++)
		if (i + numbers < count || page->style.verbosity > 0)
			page_paragraph(
				page, INK_PLAIN, 2, value_line(report, "diagnosis.reasons", i));
}

static void write_verdict(struct page *page, struct json_object *report)
{
	const char *action = value_words(report, "recommendation.action");
	const char *place = value_text(report, "recommendation.place");
	char certainty[80];

	if (page->style.verbosity >= 0)
		page_newline(page); /* below the head */
	page_tab(page, 2);
	page_paragraph(page, action_ink(action), 2, value_words(report, "recommendation.summary"));
	if (place)
		page_paragraph(page, INK_BOLD, 2, place);
	write_reasons(page, report);
	snprintf(certainty, sizeof(certainty), "%s, confidence %s",
		value_words(report, "diagnosis.class"),
		value_words(report, "recommendation.confidence"));
	page_right(page, INK_DIM, certainty);
	page_newline(page);
}

static void write_runs(struct page *page, struct json_object *report)
{
	struct json_object *runs = value_at(report, "runs");
	__attribute__((cleanup(text_free))) char *text = runs ? spread_text(runs) : NULL;

	if (!text)
		return;
	page_newline(page);
	page_tab(page, 2);
	page_paragraph(page, INK_PLAIN, 2, text);
}

static const char *known(struct json_object *report, const char *path)
{
	const char *text = value_text(report, path);

	return text ? text : "?";
}

static void write_platform(struct page *page, struct json_object *report)
{
	double quota = value_number(report, "host.cpu_quota");
	char allowance[40] = "", text[300];

	page_newline(page);
	if (!isnan(quota))
		snprintf(allowance, sizeof(allowance), ", quota of %.3g", quota);
	snprintf(text, sizeof(text), "Linux %s, %s, %d of %d CPUs%s, %s",
		known(report, "host.kernel"), known(report, "host.arch"),
		value_whole(report, "host.cpus_allowed"), value_whole(report, "host.cpus_online"),
		allowance, known(report, "tool.backend"));
	page_paragraph(page, INK_DIM, 0, text);
	page_right(page, INK_DIM, "details: -v, --explain, -f json");
	page_newline(page);
}

static const struct {
	void (*write)(struct page *page, struct json_object *report);
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

int report_text_write(struct json_object *report, const struct style *style, FILE *to)
{
	struct page page = {.to = to, .style = *style};

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (style->verbosity >= sections[i].verbosity)
			sections[i].write(&page, report);
	return 0;
}
