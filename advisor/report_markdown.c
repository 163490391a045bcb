/*
 * report_markdown: the report for a pull request or a step summary, in GitHub's Markdown.
 *
 * Text of the target is made plain: it can neither format, link, mention somebody nor end the table
 * that it stands in.
 */
#include "format.h"

#include "analyzer/state.h"
#include "printable.h"
#include "quantity.h"
#include "spread.h"
#include "value.h"

#include <json-c/json.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Shares below this are left out. */
#define SHARE_SHOWN 0.005

/* What a character reads in Markdown; NULL: as it is. "@" and "#" mention and link even when
 * escaped, unless nothing follows them. */
static const char *plain_of(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '@':
		return "@<!-- -->";
	case '#':
		return "#<!-- -->";
	case '\n':
		return " ";
	default:
		return NULL;
	}
}

static void write_plain(FILE *to, const char *text)
{
	unsigned int code;
	size_t length;

	for (; *text; text += length > 0 ? length : 1) {
		const char *plain = plain_of(*text);

		length = utf8_character(text, &code);
		if (plain)
			fputs(plain, to);
		else if (length == 0)
			fputc('?', to);
		else if (utf8_is_hostile(code))
			fprintf(to, code > 0xff ? "\\\\u%04x" : "\\\\x%02x", code);
		else if (strchr("\\`*_[]|~", *text))
			fprintf(to, "\\%c", *text);
		else
			fwrite(text, 1, length, to);
	}
}

/* A fence is longer than any row of backticks inside. */
static size_t fence_of(const char *text)
{
	size_t longest = 2, now = 0;

	for (; *text; text++) {
		now = *text == '`' ? now + 1 : 0;
		longest = now > longest ? now : longest;
	}
	return longest + 1;
}

static void write_fence(FILE *to, size_t length)
{
	while (length-- > 0)
		fputc('`', to);
	fputc('\n', to);
}

static void write_code_line(FILE *to, const char *text, size_t size)
{
	char *line = strndup(text, size), *safe = line ? printable_text(line, true) : NULL;

	fprintf(to, "   %s\n", safe ? safe : "");
	free(safe);
	free(line);
}

/* Inside a list's row. */
static void write_code(FILE *to, const char *text)
{
	size_t fence = fence_of(text);

	write_fence(to, fence);
	while (*text) {
		size_t size = strcspn(text, "\n");

		write_code_line(to, text, size);
		text += size + (text[size] == '\n');
	}
	fputs("   ", to);
	write_fence(to, fence);
}

static void write_actions(FILE *to, struct json_object *o, const char *path)
{
	for (size_t i = 0; i < value_count(o, path); i++) {
		const char *action = value_line(o, path, i);

		fprintf(to, "%zu. ", i + 1);
		if (strchr(action, '\n'))
			write_code(to, action);
		else
			write_plain(to, action);
		fputs(strchr(action, '\n') ? "" : "\n", to);
	}
}

static void write_paragraph(FILE *to, const char *text)
{
	if (!text || !*text)
		return;
	write_plain(to, text);
	fputs("\n\n", to);
}

static void write_verdict(FILE *to, struct json_object *report)
{
	fputs("## concadvise: ", to);
	write_plain(to, value_words(report, "recommendation.summary"));
	fputs("\n\n", to);
	write_paragraph(to, value_text(report, "recommendation.place"));
	if (value_count(report, "diagnosis.reasons") > 0)
		write_paragraph(to, value_line(report, "diagnosis.reasons", 0));
	if (value_count(report, "target.command") > 0)
		fputs("Measured: ", to);
	for (size_t i = 0; i < value_count(report, "target.command"); i++) {
		write_plain(to, value_line(report, "target.command", i));
		fputc(' ', to);
	}
	fprintf(to, "(%s), ", quantity_of(value_number(report, "window.wall_s"), "s").text);
	write_plain(to, value_words(report, "diagnosis.class"));
	fputs(", confidence ", to);
	write_plain(to, value_words(report, "recommendation.confidence"));
	fputs(".\n\n", to);
}

struct state_share {
	const char *name;
	double share;
};

/* As far as they are worth a row, longest first; as many as there are. */
static size_t states_of(struct json_object *shares, struct state_share *ret)
{
	size_t count = 0;

	for (enum state s = 0; s < STATE_COUNT; s++) {
		const char *name = state_name(s);
		double share = value_number(shares, name);
		size_t at = count;

		if (!(share >= SHARE_SHOWN))
			continue;
		for (; at > 0 && ret[at - 1].share < share; at--)
			ret[at] = ret[at - 1];
		ret[at] = (struct state_share){name, share};
		count++;
	}
	return count;
}

static void write_time(FILE *to, struct json_object *report)
{
	struct state_share states[STATE_COUNT];
	size_t count = states_of(value_at(report, "time.share"), states);

	if (count > 0)
		fputs("| state | share of all thread time | time |\n| --- | ---: | ---: |\n", to);
	for (size_t i = 0; i < count; i++)
		fprintf(to, "| %s | %s | %s |\n", states[i].name,
			quantity_of(states[i].share, "share").text,
			quantity_of(states[i].share * value_number(report, "time.total_s"), "s")
				.text);
	if (count > 0)
		fputc('\n', to);
}

static void write_prediction(FILE *to, struct json_object *row)
{
	double workers = value_number(row, "workers"), capacity = value_number(row, "capacity");
	bool service = !isnan(capacity);

	fputs("| ", to);
	write_plain(to, value_words(row, "model"));
	fputs(value_is_true(row, "current") ? " (now) | " : " | ", to);
	if (!isnan(workers))
		fprintf(to, "%.0f", workers);
	fprintf(to, " | %s | %s | ",
		service ? "" : quantity_of(value_number(row, "wall_s"), "s").text,
		quantity_of(service ? capacity : value_number(row, "speedup"), "x").text);
	if (!service)
		fprintf(to, "%s to %s", quantity_of(value_number(row, "speedup_low"), "x").text,
			quantity_of(value_number(row, "speedup_high"), "x").text);
	fputs(" | ", to);
	write_plain(to, value_words(row, "limited_by"));
	fputs(" |\n", to);
}

static void write_predictions(FILE *to, struct json_object *report)
{
	size_t count = value_count(report, "predictions");

	if (count == 0)
		return;
	fputs("### The same work would take\n\n"
	      "| model | workers | time | times as fast, or as much load | range | limit |\n"
	      "| --- | ---: | ---: | ---: | --- | --- |\n",
		to);
	for (size_t i = 0; i < count; i++)
		write_prediction(to, value_element(report, "predictions", i));
	fputc('\n', to);
	for (size_t i = 0; i < value_count(report, "recommendation.assumptions"); i++) {
		fputs("Assumed: ", to);
		write_paragraph(to, value_line(report, "recommendation.assumptions", i));
	}
}

static void write_steps(FILE *to, struct json_object *report)
{
	if (value_count(report, "recommendation.steps") == 0)
		return;
	fputs("### What to do\n\n", to);
	write_actions(to, report, "recommendation.steps");
	fputc('\n', to);
}

static void write_finding(FILE *to, struct json_object *finding, const char *verdict)
{
	fputs("#### ", to);
	write_plain(to, value_words(finding, "severity"));
	fputs(": ", to);
	write_plain(to, value_words(finding, "title"));
	fputs("\n\n", to);
	/* What the verdict's own rule says stands above. */
	if (strcmp(value_words(finding, "rule"), verdict) == 0)
		return;
	write_paragraph(to, value_text(finding, "place"));
	write_paragraph(to, value_words(finding, "message"));
	write_actions(to, finding, "actions");
	fputc('\n', to);
}

static void write_findings(FILE *to, struct json_object *report)
{
	size_t count = value_count(report, "findings");

	if (count > 0)
		fputs("### Findings\n\n", to);
	for (size_t i = 0; i < count; i++)
		write_finding(to, value_element(report, "findings", i),
			value_words(report, "recommendation.rule"));
}

static void write_quality(FILE *to, struct json_object *report)
{
	fputs("<details><summary>How well it was measured: ", to);
	write_plain(to, value_words(report, "quality.grade"));
	fputs("</summary>\n\n", to);
	for (size_t i = 0; i < value_count(report, "quality.checks"); i++) {
		struct json_object *check = value_element(report, "quality.checks", i);

		fprintf(to, "- %s", value_is_true(check, "passed") ? "" : "**not so:** ");
		write_plain(to, value_words(check, "message"));
		fputc('\n', to);
	}
	fputs("\nLinux ", to);
	write_plain(to, value_words(report, "host.kernel"));
	fprintf(to, ", %d of %d CPUs, concadvise ", value_whole(report, "host.cpus_allowed"),
		value_whole(report, "host.cpus_online"));
	write_plain(to, value_words(report, "tool.version"));
	fputs("\n\n</details>\n", to);
}

static void write_runs(FILE *to, struct json_object *report)
{
	struct json_object *runs = value_at(report, "runs");
	char *text = runs ? spread_text(runs) : NULL;

	write_paragraph(to, text);
	free(text);
}

int report_markdown_write(struct json_object *report, const struct style *style, FILE *to)
{
	(void)style;
	write_verdict(to, report);
	write_runs(to, report);
	write_time(to, report);
	write_predictions(to, report);
	write_steps(to, report);
	write_findings(to, report);
	write_quality(to, report);
	return 0;
}
