/*
 * mark: from a finding's location.
 */
#include "mark.h"

#include "value.h"

#include "analyzer/text_make.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The COMMAND's first word; of an attached process, the name of its first thread. */
static const char *program_of(struct json_object *report)
{
	if (value_count(report, "target.command") > 0)
		return value_line(report, "target.command", 0);
	return value_words(value_element(report, "threads", 0), "name");
}

struct mark mark_of(struct json_object *report, struct json_object *finding)
{
	int line = value_whole(finding, "location.line");
	struct mark mark = {
		.path = value_text(finding, "location.path"),
		.file = value_text(finding, "location.file"),
		.function = value_text(finding, "location.function"),
	};

	if (mark.path)
		mark.file = mark.path;
	if (mark.file && line >= 1)
		mark.line = line;
	if (!mark.file)
		mark.file = program_of(report);
	if (!*mark.file)
		mark.file = "unknown";
	return mark;
}

char *mark_text(struct json_object *finding)
{
	const char *place = value_text(finding, "place");

	return text_make("%s. %s%s%s", value_words(finding, "title"), place ? place : "",
		place ? " " : "", value_words(finding, "message"));
}

static uint64_t hash(uint64_t before, const char *text)
{
	/* With its NUL, so that "a" "bc" differs from "ab" "c". */
	for (size_t i = 0; i <= strlen(text); i++)
		before = (before ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return before;
}

struct fingerprint mark_fingerprint(struct json_object *report, struct json_object *finding)
{
	struct mark mark = mark_of(report, finding);
	const char *slash = strrchr(mark.file, '/');
	struct fingerprint f;
	uint64_t code = hash(UINT64_C(0xcbf29ce484222325), value_words(finding, "rule"));

	code = hash(code, mark.function ? mark.function : "");
	/* Outside of the repository, folders differ from machine to machine. */
	code = hash(code, mark.path || !slash ? mark.file : slash + 1);
	snprintf(f.text, sizeof(f.text), "%016" PRIx64, code);
	return f;
}
