/*
 * report_object: the report as one JSON object, from which every format is made.
 */
#ifndef CONCADVISE_REPORT_OBJECT_H
#define CONCADVISE_REPORT_OBJECT_H

#include <stdbool.h>

struct advice;
struct json_object;

/*
 * The report as docs/report.schema.json says; `explain` adds every rule that was considered. The
 * caller owns it (json_object_put). NULL when out of memory.
 */
struct json_object *report_json(const struct advice *a, bool explain);

#endif
