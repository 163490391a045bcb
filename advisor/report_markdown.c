/*
 * report_markdown: the report for a pull request or a step summary, in GitHub's Markdown.
 *
 * Text of the target is made plain: it can neither format, link, mention somebody nor end the table
 * that it stands in.
 */
#include "format.h"

#include "label.h"
#include "printable.h"
#include "quantity.h"
#include "spread.h"
#include "value.h"

#include "analyzer/state.h"

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

/* A process is called what its first thread is; "" when that is not known. */
static const char *process_name(struct json_object *report, double pid)
{
	for (size_t i = 0; i < value_count(report, "threads"); i++) {
		struct json_object *thread = value_element(report, "threads", i);

		if (value_number(thread, "tid") == pid)
			return value_words(thread, "name");
	}
	return "";
}

static void write_processes(FILE *to, struct json_object *report)
{
	for (size_t i = 0; i < value_count(report, "target.pids"); i++) {
		double pid = value_number(value_element(report, "target.pids", i), "");

		fputs(i > 0 ? ", " : "", to);
		write_plain(to, process_name(report, pid));
		fprintf(to, " pid %.0f", pid);
	}
}

static void write_target(FILE *to, struct json_object *report)
{
	size_t words = value_count(report, "target.command");

	fputs(words > 0 ? "Measured:" : "Measured: ", to);
	for (size_t i = 0; i < words; i++) {
		fputc(' ', to);
		write_plain(to, value_line(report, "target.command", i));
	}
	if (words == 0)
		write_processes(to, report);
}

static void write_verdict(FILE *to, struct json_object *report)
{
	fputs("## concadvise: ", to);
	write_plain(to, value_words(report, "recommendation.summary"));
	fputs("\n\n", to);
	write_paragraph(to, value_text(report, "recommendation.place"));
	if (value_count(report, "diagnosis.reasons") > 0)
		write_paragraph(to, value_line(report, "diagnosis.reasons", 0));
	write_target(to, report);
	fprintf(to, " (%s): ", quantity_of(value_number(report, "window.wall_s"), "s").text);
	write_plain(to, value_words(report, "diagnosis.class"));
	fputs(", confidence ", to);
	write_plain(to, value_words(report, "recommendation.confidence"));
	fputs(".\n\n", to);
}

struct state_time {
	const char *name;
	double seconds;
};

/* Those of at least so long, longest first; as many as there are. */
static size_t states_of(struct json_object *times, double least_s, struct state_time *ret)
{
	size_t count = 0;

	for (enum state s = 0; s < STATE_COUNT; s++) {
		const char *name = state_name(s);
		double seconds = value_number(times, name);
		size_t at = count;

		if (!(seconds > 0 && seconds >= least_s))
			continue;
		for (; at > 0 && ret[at - 1].seconds < seconds; at--)
			ret[at] = ret[at - 1];
		ret[at] = (struct state_time){name, seconds};
		count++;
	}
	return count;
}

/* Of what is work: what waits for work, for users or for its own workers is none. */
static void write_time(FILE *to, struct json_object *report)
{
	struct json_object *times = value_at(report, "time.busy_s");
	double total_s = value_number(report, "time.busy_total_s");
	struct state_time states[STATE_COUNT];
	size_t count = states_of(times, SHARE_SHOWN * total_s, states);

	if (count == 0)
		return;
	fprintf(to, "| where the time went | share of %s of work | time |\n",
		quantity_of(total_s, "s").text);
	fputs("| --- | ---: | ---: |\n", to);
	for (size_t i = 0; i < count; i++)
		fprintf(to, "| %s | %s | %s |\n", label_state(states[i].name),
			quantity_of(states[i].seconds / total_s, "share").text,
			quantity_of(states[i].seconds, "s").text);
	fputc('\n', to);
}

static bool is_service(struct json_object *prediction)
{
	return !isnan(value_number(prediction, "capacity"));
}

static bool is_known(struct json_object *prediction)
{
	return is_service(prediction) || !isnan(value_number(prediction, "speedup"));
}

/* Where there was too little to do, what other models could do with more is no news. */
static bool is_comparison_told(struct json_object *report)
{
	const char *action = value_words(report, "recommendation.action");

	return strcmp(action, "measure") != 0 &&
	       (strcmp(action, "keep") != 0 ||
		       strcmp(value_words(report, "diagnosis.class"), "idle") != 0);
}

static void write_model(FILE *to, struct json_object *report, struct json_object *row)
{
	const char *model = value_words(row, "model");
	bool chosen = strcmp(model, value_words(report, "recommendation.model")) == 0;
	double workers = value_number(row, "workers");

	fputs(chosen ? "| **" : "| ", to);
	write_plain(to, label_model(model));
	fputs(chosen ? "**" : "", to);
	if (workers > 1)
		fprintf(to, " x%.0f", workers);
	fputs(value_is_true(row, "current") ? " (now) | " : " | ", to);
}

static void write_figures(FILE *to, struct json_object *row)
{
	struct quantity low = quantity_of(value_number(row, "speedup_low"), "x");
	struct quantity high = quantity_of(value_number(row, "speedup_high"), "x");

	if (is_service(row)) {
		fprintf(to, "%s | ", quantity_of(value_number(row, "capacity"), "x").text);
		return;
	}
	fprintf(to, "%s | %s | ", quantity_of(value_number(row, "wall_s"), "s").text,
		quantity_of(value_number(row, "speedup"), "x").text);
	if (strcmp(low.text, high.text) != 0)
		fprintf(to, "%s to %s", low.text, high.text);
	fputs(" | ", to);
}

static const char *runtime_of(struct json_object *report)
{
	for (size_t i = 0; i < value_count(report, "target.runtimes"); i++) {
		struct json_object *runtime = value_element(report, "target.runtimes", i);

		if (value_is_true(runtime, "global_lock"))
			return value_words(runtime, "name");
	}
	return "native";
}

static void write_prediction(FILE *to, struct json_object *report, struct json_object *row)
{
	const char *limit = value_words(row, "limited_by");

	write_model(to, report, row);
	write_figures(to, row);
	if (strcmp(limit, "nothing") != 0)
		write_plain(to, label_limit(limit, runtime_of(report)));
	fputs(" |\n", to);
}

#define SERVICE_HEAD                                     \
	"### Times the measured load it could carry\n\n" \
	"| model | load | limit |\n"                     \
	"| --- | ---: | --- |\n"
#define PROGRAM_HEAD                                         \
	"### The same work would take\n\n"                   \
	"| model | time | times as fast | range | limit |\n" \
	"| --- | ---: | ---: | --- | --- |\n"

static size_t write_known_predictions(FILE *to, struct json_object *report)
{
	size_t shown = 0;

	for (size_t i = 0; i < value_count(report, "predictions"); i++) {
		struct json_object *row = value_element(report, "predictions", i);

		if (!is_known(row))
			continue;
		if (shown++ == 0)
			fputs(is_service(row) ? SERVICE_HEAD : PROGRAM_HEAD, to);
		write_prediction(to, report, row);
	}
	return shown;
}

static void write_predictions(FILE *to, struct json_object *report)
{
	if (!is_comparison_told(report) || write_known_predictions(to, report) == 0)
		return;
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
	if (strcmp(value_words(finding, "rule"), verdict) == 0) {
		fputs("It gives the verdict above.\n\n", to);
		return;
	}
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
