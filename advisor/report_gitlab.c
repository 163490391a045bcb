/*
 * report_gitlab: findings for GitLab's merge requests, in its code quality report:
 * https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
#include "format.h"

#include "json.h"
#include "mark.h"
#include "value.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* GitLab's own names, of which "blocker" is left to those who read code. */
static const char *severity_of(const char *severity)
{
	if (strcmp(severity, "critical") == 0)
		return "critical";
	return strcmp(severity, "warning") == 0 ? "major" : "info";
}

/* Both fields are required: what has no line is shown at the first one. */
static struct json_object *location_of(const struct mark *mark)
{
	struct json_object *o = json_object_new_object(), *lines = json_object_new_object();

	json_add_text(o, "path", mark->file);
	json_add_count(lines, "begin", mark->line > 0 ? (unsigned int)mark->line : 1);
	json_object_object_add(o, "lines", lines);
	return o;
}

static struct json_object *issue_of(struct json_object *report, struct json_object *finding)
{
	struct json_object *o = json_object_new_object();
	struct mark mark = mark_of(report, finding);
	char *description = mark_text(finding);

	json_add_text(o, "description", description);
	json_add_text(o, "check_name", value_words(finding, "rule"));
	json_add_text(o, "fingerprint", mark_fingerprint(report, finding).text);
	json_add_text(o, "severity", severity_of(value_words(finding, "severity")));
	json_object_object_add(o, "location", location_of(&mark));
	free(description);
	return o;
}

int report_gitlab_write(struct json_object *report, const struct style *style, FILE *to)
{
	struct json_object *issues = json_object_new_array();
	int error;

	(void)style;
	if (!issues)
		return -ENOMEM;
	for (size_t i = 0; i < value_count(report, "findings"); i++)
		json_object_array_add(
			issues, issue_of(report, value_element(report, "findings", i)));
	error = json_write(issues, to);
	json_object_put(issues);
	return error;
}
