/*
 * format: the forms that a report can take. A new one is a file with its write function, and a row.
 */
#ifndef CONCADVISE_FORMAT_H
#define CONCADVISE_FORMAT_H

#include "terminal.h"

#include <stdio.h>

struct advice;

struct format {
	const char *name, *meaning;
	/* Writes the whole report. 0 or a negative errno; the caller checks the stream. */
	int (*write)(const struct advice *a, const struct style *style, FILE *to);
};

const struct format *format_all(size_t *ret_count);

/* NULL when there is none of that name. */
const struct format *format_find(const char *name);

int report_text_write(const struct advice *a, const struct style *style, FILE *to);
int report_json_write(const struct advice *a, const struct style *style, FILE *to);

#endif
