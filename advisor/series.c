/*
 * series: a profile of each run is made to see what it shows, and let go; the median one's is made
 * again for the report. That of all of them would be held for a median that only the last one
 * tells.
 */
#include "series.h"

#include "report_object.h"
#include "spread.h"

#include "probe/measurement.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>

static struct json_object *row_of(
	const struct measurement *m, const struct premise *premise, const struct ruleset *rules)
{
	struct json_object *report = report_make(m, rules, premise, NULL, false);
	struct json_object *row = report ? spread_row(report) : NULL;

	json_object_put(report);
	return row;
}

int series_add(struct series *s, struct measurement *m, const struct premise *premise,
	const struct ruleset *rules)
{
	struct measurement **runs =
		reallocarray(s->runs, s->count + 1, sizeof(struct measurement *));
	struct json_object *row = row_of(m, premise, rules);

	if (runs)
		s->runs = runs;
	if (!s->rows)
		s->rows = json_object_new_array();
	if (!runs || !row || !s->rows || json_object_array_add(s->rows, row) != 0) {
		json_object_put(row);
		measurement_free(m);
		return -ENOMEM;
	}
	s->runs[s->count++] = m;
	return 0;
}

struct measurement *series_median(const struct series *s)
{
	return s->count > 0 ? s->runs[spread_median(s->rows)] : NULL;
}

void series_free(struct series *s)
{
	for (size_t i = 0; i < s->count; i++)
		measurement_free(s->runs[i]);
	free(s->runs);
	json_object_put(s->rows);
	*s = (struct series){0};
}
