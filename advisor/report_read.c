/*
 * report_read: tells a report from a recording by its schema.
 */
#include "report_read.h"

#include "advice.h"
#include "document.h"
#include "report_object.h"
#include "value.h"

#include "analyzer/profile.h"
#include "probe/measurement.h"
#include "probe/recording.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A report of 2,000 threads has some 5 MB. */
#define REPORT_SIZE_MAX (256 << 20)

static int report_make(const struct measurement *m, const struct ruleset *rules,
	const struct premise *premise, struct json_object **ret_report)
{
	struct profile *p = profile_new(m, premise);
	struct advice *a = p ? advice_new(p, rules) : NULL;

	*ret_report = a ? report_json(a, false) : NULL;
	advice_free(a);
	profile_free(p);
	return *ret_report ? 0 : -ENOMEM;
}

static int recording_take(const char *path, const struct ruleset *rules,
	const struct premise *premise, struct json_object **ret_report, char **ret_reason)
{
	struct measurement *m = NULL;
	char *reason = NULL;
	int error = recording_read(path, &m, &reason);

	if (!error)
		error = report_make(m, rules, premise, ret_report);
	else if (asprintf(ret_reason, "%s: %s", path, reason ? reason : strerror(-error)) < 0)
		*ret_reason = NULL;
	free(reason);
	measurement_free(m);
	return error;
}

int report_read(const char *path, const struct ruleset *rules, const struct premise *premise,
	struct json_object **ret_report, char **ret_reason)
{
	struct json_object *report = NULL;
	char *reason = NULL;
	int error = document_read(path, REPORT_SIZE_MAX, &report, &reason);

	free(reason);
	if (!error && strcmp(value_words(report, "schema"), "concadvise.report/1") == 0) {
		*ret_report = report;
		return 0;
	}
	json_object_put(report);
	return recording_take(path, rules, premise, ret_report, ret_reason);
}
