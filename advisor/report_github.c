/*
 * report_github: findings as annotations of a GitHub Actions step, by workflow commands:
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 *
 * GitHub shows ten annotations of each level per step, and silently drops the rest: here the last
 * one tells how many are not shown.
 */
#include "format.h"

#include "mark.h"
#include "printable.h"
#include "value.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ANNOTATIONS_MOST 10
/* Of 64 KB for an annotation, some are for what stands beside the message. */
#define MESSAGE_MOST 60000

static const struct {
	const char *severity, *command;
} levels[] = {{"critical", "error"}, {"warning", "warning"}, {"info", "notice"}};

/* "%", line breaks, and in a property also what ends it; the rest that is hostile reads "\x1b". */
static void write_escaped(FILE *to, const char *text, size_t most, bool property)
{
	size_t written = 0;

	while (*text && written < most) {
		unsigned int code;
		size_t length = utf8_character(text, &code);

		if (length == 0)
			fputc('?', to);
		else if (strchr("%\r\n", *text) || (property && strchr(":,", *text)))
			fprintf(to, "%%%02X", (unsigned char)*text);
		else if (utf8_is_hostile(code))
			fprintf(to, code > 0xff ? "\\u%04x" : "\\x%02x", code);
		else
			fwrite(text, 1, length, to);
		text += length > 0 ? length : 1;
		/* At most so long can any of them become. */
		written += length > 1 ? length : 3;
	}
}

static void write_property(FILE *to, const char *name, const char *value, bool first)
{
	fprintf(to, "%c%s=", first ? ' ' : ',', name);
	write_escaped(to, value, MESSAGE_MOST / 10, true);
}

static char *message_of(struct json_object *finding, const struct mark *mark)
{
	const char *place = value_text(finding, "place");
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	/* Where it cannot be marked, it is told. */
	if (place)
		fprintf(to, "%s\n", place);
	else if (!mark->path)
		fprintf(to, "%s\n", mark->file);
	fputs(value_words(finding, "message"), to);
	for (size_t i = 0; i < value_count(finding, "actions"); i++)
		fprintf(to, "\n%zu. %s", i + 1, value_line(finding, "actions", i));
	fclose(to);
	return text;
}

static void write_annotation(
	FILE *to, const char *command, struct json_object *report, struct json_object *finding)
{
	struct mark mark = mark_of(report, finding);
	char *message = message_of(finding, &mark);
	char line[16];

	fprintf(to, "::%s", command);
	write_property(to, "title", value_words(finding, "title"), true);
	if (mark.path)
		write_property(to, "file", mark.path, false);
	if (mark.path && mark.line > 0) {
		snprintf(line, sizeof(line), "%d", mark.line);
		write_property(to, "line", line, false);
	}
	fputs("::", to);
	write_escaped(to, message ? message : "", MESSAGE_MOST, false);
	fputc('\n', to);
	free(message);
}

static size_t findings_of(struct json_object *report, const char *severity)
{
	size_t count = 0;

	for (size_t i = 0; i < value_count(report, "findings"); i++)
		count += strcmp(value_words(value_element(report, "findings", i), "severity"),
				 severity) == 0;
	return count;
}

static void write_level(FILE *to, struct json_object *report, size_t level, size_t most)
{
	size_t count = findings_of(report, levels[level].severity);
	size_t shown = count <= most ? count : most - 1, written = 0;

	for (size_t i = 0; i < value_count(report, "findings") && written < shown; i++) {
		struct json_object *finding = value_element(report, "findings", i);

		if (strcmp(value_words(finding, "severity"), levels[level].severity) != 0)
			continue;
		write_annotation(to, levels[level].command, report, finding);
		written++;
	}
	if (shown < count)
		fprintf(to, "::%s title=concadvise::%zu more findings are in the report\n",
			levels[level].command, count - shown);
}

/* The verdict is a notice, so that there is one annotation also where nothing was found. */
int report_github_write(struct json_object *report, const struct style *style, FILE *to)
{
	(void)style;
	fputs("::notice title=concadvise::", to);
	write_escaped(to, value_words(report, "recommendation.summary"), MESSAGE_MOST, false);
	fputc('\n', to);
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		write_level(to, report, i,
			strcmp(levels[i].command, "notice") == 0 ? ANNOTATIONS_MOST - 1
								 : ANNOTATIONS_MOST);
	return 0;
}
