/*
 * report_line: the line that stands out in a row of the report, in words: "app.py:14 fetch_data".
 */
#ifndef CONCADVISE_REPORT_LINE_H
#define CONCADVISE_REPORT_LINE_H

struct json_object;

/* Of a row with a "callsite"; where no function of a module is known ("module_only"), the module's
 * name. malloc'ed; NULL: not known. */
char *report_line_text(struct json_object *row);

#endif
