/*
 * format: the forms that a report can take. A new one is a file with its write function, and a row.
 */
#ifndef CONCADVISE_FORMAT_H
#define CONCADVISE_FORMAT_H

#include "terminal.h"

#include <stdio.h>

struct advice;
struct json_object;

/* Of the two functions it has one, which writes the whole report. They return 0 or a negative
 * errno; the caller checks the stream. */
struct format {
	const char *name, *meaning;
	/* For people at a terminal. */
	int (*write)(const struct advice *a, const struct style *style, FILE *to);
	/* From the report as one JSON object (report_object.h), so that none can say otherwise than
	 * another. */
	int (*write_report)(struct json_object *report, const struct style *style, FILE *to);
};

const struct format *format_all(size_t *ret_count);

/* NULL when there is none of that name. */
const struct format *format_find(const char *name);

/* Writes a report in a form; `report` is that of the same advice (report_json()). */
int format_write(const struct format *f, const struct advice *a, struct json_object *report,
	const struct style *style, FILE *to);

int report_text_write(const struct advice *a, const struct style *style, FILE *to);
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
