/*
 * What holds of a report in whatever form it is told.
 */
#include "fuzz.h"

#include "advisor/format.h"
#include "advisor/printable.h"

#include <json-c/json.h>
#include <string.h>

static void text_check(const char *text, bool ascii)
{
	while (*text) {
		unsigned code = 0;
		size_t length = utf8_character(text, &code);

		FUZZ_ASSERT(length > 0, "a report that is not UTF-8");
		FUZZ_ASSERT(code == '\n' || !utf8_is_hostile(code), "a report with a control");
		FUZZ_ASSERT(!ascii || code < 0x7f, "a report in ASCII that is not");
		text += length;
	}
}

static void json_check(const char *text)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *report;

	FUZZ_ASSERT(tokener, "out of memory");
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	report = json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
	FUZZ_ASSERT(json_object_is_type(report, json_type_object), "a report that is not JSON");
	json_object_put(report);
	json_tokener_free(tokener);
}

static void report_check(
	struct json_object *report, const struct format *f, const struct style *style)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	FUZZ_ASSERT(to && f->write(report, style, to) == 0 && fclose(to) == 0, "out of memory");
	FUZZ_ASSERT(strlen(text) == size, "a report with a NUL");
	text_check(text, strcmp(f->name, "text") == 0 && !style->utf8);
	if (strcmp(f->name, "json") == 0)
		json_check(text);
	free(text);
}

void fuzz_report_tell(struct json_object *report, const struct style *style)
{
	size_t count;
	const struct format *formats = format_all(&count);

	for (size_t i = 0; i < count; i++)
		report_check(report, &formats[i], style);
}
