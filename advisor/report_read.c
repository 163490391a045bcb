/*
 * report_read: tells a recording from a report. The file is read once: it may be a pipe.
 */
#include "report_read.h"

#include "document.h"
#include "report_object.h"
#include "value.h"

#include "probe/measurement.h"
#include "probe/recording.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A recording's most, and a byte more, so that it says itself that it is too large. A report of
 * 2,000 threads has some 5 MB. */
#define TEXT_MOST ((256 << 20) + 1)

static void text_free(char **text)
{
	free(*text);
}

static void measurement_drop(struct measurement **m)
{
	measurement_free(*m);
}

/* NULL: it is none. */
static struct json_object *kept_report(const char *path, const char *text, size_t size)
{
	__attribute__((cleanup(text_free))) char *reason = NULL;
	struct json_object *report = NULL;

	if (document_parse(path, text, size, &report, &reason))
		return NULL;
	if (strcmp(value_words(report, "schema"), "concadvise.report/1") == 0)
		return report;
	json_object_put(report);
	return NULL;
}

int report_read(const char *path, const struct ruleset *rules, const struct premise *premise,
	bool explain, struct json_object **ret_report, bool *ret_kept, char **ret_reason)
{
	__attribute__((cleanup(text_free))) char *text = NULL, *why = NULL;
	__attribute__((cleanup(measurement_drop))) struct measurement *m = NULL;
	size_t size = 0;
	int error = document_load(path, TEXT_MOST, &text, &size, ret_reason);

	if (error)
		return error;
	error = recording_parse(text, size, &m, &why);
	/* What is too large for a recording is so for a report. */
	*ret_report = !error             ? report_make(m, rules, premise, NULL, explain)
		      : error == -EINVAL ? kept_report(path, text, size)
					 : NULL;
	if (ret_kept)
		*ret_kept = error && *ret_report;
	if (*ret_report)
		return 0;
	error = error ? error : -ENOMEM;
	if (asprintf(ret_reason, "%s: %s", path, why ? why : strerror(-error)) < 0)
		*ret_reason = NULL;
	return error;
}
