/*
 * format: the forms that a report can take. A new one is a file with its write function, and a row.
 */
#ifndef CONCADVISE_FORMAT_H
#define CONCADVISE_FORMAT_H

#include "terminal.h"

#include <stdio.h>

struct json_object;

/* Writes the report, made as one JSON object (report_object.h), so that no format can say otherwise
 * than another. Returns 0 or a negative errno; the caller checks the stream. */
struct format {
	const char *name, *meaning;
	int (*write)(struct json_object *report, const struct style *style, FILE *to);
};

const struct format *format_all(size_t *ret_count);

/* NULL when there is none of that name. */
const struct format *format_find(const char *name);

int report_text_write(struct json_object *report, const struct style *style, FILE *to);
int report_html_write(struct json_object *report, const struct style *style, FILE *to);
int report_json_write(struct json_object *report, const struct style *style, FILE *to);
int report_markdown_write(struct json_object *report, const struct style *style, FILE *to);
int report_sarif_write(struct json_object *report, const struct style *style, FILE *to);
int report_github_write(struct json_object *report, const struct style *style, FILE *to);
int report_gitlab_write(struct json_object *report, const struct style *style, FILE *to);
int report_junit_write(struct json_object *report, const struct style *style, FILE *to);
int report_folded_write(struct json_object *report, const struct style *style, FILE *to);
int report_speedscope_write(struct json_object *report, const struct style *style, FILE *to);
int report_chrome_write(struct json_object *report, const struct style *style, FILE *to);

#endif
