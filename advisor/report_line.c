/*
 * report_line: the frame that stands out, in the analyzer's words.
 */
#include "report_line.h"

#include "analyzer/line.h"
#include "value.h"

#include <stddef.h>

static struct json_object *frame_of(struct json_object *row)
{
	for (size_t i = 0; i < value_count(row, "callsite"); i++)
		if (value_is_true(value_element(row, "callsite", i), "stands_out"))
			return value_element(row, "callsite", i);
	return NULL;
}

char *report_line_text(struct json_object *row)
{
	struct json_object *frame = frame_of(row);
	struct line line = {.function = value_text(frame, "function"),
		.file = value_text(frame, "short_file"),
		.number = value_whole(frame, "line"),
		.module = value_text(frame, "module"),
		.offset = value_text(frame, "offset"),
		.generated = value_is_true(frame, "generated")};

	if (!frame)
		return NULL;
	return value_is_true(row, "module_only") && line.module ? line_module_text(&line)
								: line_text(&line);
}
