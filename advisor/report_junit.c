/*
 * report_junit: the report as a JUnit test suite: the verdict, and every finding as a test case
 * that fails unless it is for information only. Under "not enough seen" the verdict is skipped.
 */
#include "format.h"

#include "mark.h"
#include "printable.h"
#include "value.h"

#include <json-c/json.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* XML 1.0 has no way to write most controls: they read "\x1b". */
static void write_escaped(FILE *to, const char *text)
{
	static const struct {
		char character;
		const char *entity;
	} entities[] = {
		{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}, {'\n', "&#10;"}};
	unsigned int code;
	size_t length;

	for (; *text; text += length > 0 ? length : 1) {
		const char *entity = NULL;

		length = utf8_character(text, &code);
		for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
			if (*text == entities[i].character)
				entity = entities[i].entity;
		if (entity)
			fputs(entity, to);
		else if (length == 0 || (code & 0xfffe) == 0xfffe)
			fputc('?', to);
		else if (utf8_is_hostile(code))
			fprintf(to, code > 0xff ? "\\u%04x" : "\\x%02x", code);
		else
			fwrite(text, 1, length, to);
	}
}

static void write_attribute(FILE *to, const char *name, const char *value)
{
	fprintf(to, " %s=\"", name);
	write_escaped(to, value);
	fputc('"', to);
}

static void write_lines(FILE *to, struct json_object *o, const char *path)
{
	for (size_t i = 0; i < value_count(o, path); i++) {
		fprintf(to, "\n%zu. ", i + 1);
		write_escaped(to, value_line(o, path, i));
	}
}

static void write_verdict(FILE *to, struct json_object *report)
{
	fputs("  <testcase classname=\"concadvise\" name=\"verdict\" time=\"0\">\n", to);
	if (strcmp(value_words(report, "recommendation.action"), "measure") == 0)
		fputs("    <skipped/>\n", to);
	fputs("    <system-out>", to);
	write_escaped(to, value_words(report, "recommendation.summary"));
	fputs("</system-out>\n  </testcase>\n", to);
}

static void write_detail(FILE *to, struct json_object *report, struct json_object *finding)
{
	struct mark mark = mark_of(report, finding);

	write_escaped(to, mark.file);
	if (mark.line > 0)
		fprintf(to, ":%d", mark.line);
	if (mark.function) {
		fputc(' ', to);
		write_escaped(to, mark.function);
	}
	fputc('\n', to);
	write_escaped(to, value_words(finding, "message"));
	write_lines(to, finding, "actions");
}

static bool is_failure(struct json_object *finding)
{
	return strcmp(value_words(finding, "severity"), "info") != 0;
}

static void write_finding(FILE *to, struct json_object *report, struct json_object *finding)
{
	const char *element = is_failure(finding) ? "failure" : "system-out";

	fputs("  <testcase classname=\"concadvise\"", to);
	write_attribute(to, "name", value_words(finding, "rule"));
	fprintf(to, " time=\"0\">\n    <%s", element);
	if (is_failure(finding)) {
		write_attribute(to, "type", value_words(finding, "severity"));
		write_attribute(to, "message", value_words(finding, "title"));
	}
	fputc('>', to);
	write_detail(to, report, finding);
	fprintf(to, "</%s>\n  </testcase>\n", element);
}

int report_junit_write(struct json_object *report, const struct style *style, FILE *to)
{
	size_t count = value_count(report, "findings"), failures = 0;
	double wall_s = value_number(report, "window.wall_s");
	bool skipped = strcmp(value_words(report, "recommendation.action"), "measure") == 0;

	(void)style;
	for (size_t i = 0; i < count; i++)
		failures += is_failure(value_element(report, "findings", i));
	fprintf(to,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuite name=\"concadvise\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
		"skipped=\"%d\" time=\"%.3f\">\n",
		count + 1, failures, skipped, isfinite(wall_s) ? wall_s : 0);
	write_verdict(to, report);
	for (size_t i = 0; i < count; i++)
		write_finding(to, report, value_element(report, "findings", i));
	fputs("</testsuite>\n", to);
	return 0;
}
