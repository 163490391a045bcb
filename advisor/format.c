/*
 * format: the table of report formats.
 */
#include "format.h"

#include <string.h>

static const struct format formats[] = {
	{"text", "for people, at 80 columns", report_text_write},
	{"json", "for programs, concadvise.report/1", report_json_write},
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

const struct format *format_all(size_t *ret_count)
{
	*ret_count = FORMATS;
	return formats;
}

const struct format *format_find(const char *name)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}
