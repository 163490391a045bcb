/*
 * report_object: the report as one JSON object, from which every format is made.
 */
#ifndef CONCADVISE_REPORT_OBJECT_H
#define CONCADVISE_REPORT_OBJECT_H

#include <stdbool.h>

struct advice;
struct json_object;
struct measurement;
struct premise;
struct ruleset;

/*
 * The report as docs/report.schema.json says; `explain` adds every rule that was considered. The
 * caller owns it (json_object_put). NULL when out of memory.
 */
struct json_object *report_json(const struct advice *a, bool explain);

/* The same from a measurement, the median one of several if `runs` (spread.h) tells of them. */
struct json_object *report_make(const struct measurement *m, const struct ruleset *rules,
	const struct premise *premise, struct json_object *runs, bool explain);

#endif
