/*
 * report_object: from a measurement to the report: understood, judged, told.
 */
#include "report_object.h"

#include "advice.h"

#include "analyzer/profile.h"

#include <stddef.h>

struct json_object *report_make(const struct measurement *m, const struct ruleset *rules,
	const struct premise *premise, struct json_object *runs, bool explain)
{
	struct profile *p = profile_new(m, premise);
	struct advice *a = p ? advice_new(p, rules) : NULL;
	struct json_object *report = NULL;

	if (a) {
		a->runs = runs;
		report = report_json(a, explain);
	}
	advice_free(a);
	profile_free(p);
	return report;
}
