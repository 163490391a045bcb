/*
 * diff_command: reads two reports, compares them, and tells.
 */
#include "diff_command.h"

#include "delivery.h"
#include "difference.h"
#include "format.h"
#include "json.h"
#include "options.h"
#include "report_read.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* BASE and NEW. */
#define SIDES 2

static int tell(const void *what, const struct options *o, const struct style *s, FILE *to)
{
	struct json_object *difference = *(struct json_object *const *)what;

	return strcmp(o->format->name, "text") == 0 ? difference_text_write(difference, s, to)
						    : json_write(difference, to);
}

static enum diff_result refuse(char *refusal, char **ret_reason)
{
	if (asprintf(ret_reason, "BASE and NEW cannot be compared: %s", refusal) < 0)
		*ret_reason = NULL;
	free(refusal);
	return DIFF_REFUSED;
}

static enum diff_result conclude(
	const struct options *o, struct json_object *difference, char **ret_reason)
{
	int error = delivery_write(o, tell, &difference);

	if (!error)
		return difference_is_worse(difference) ? DIFF_WORSE : DIFF_NO_WORSE;
	if (asprintf(ret_reason, "cannot write the report: %s", strerror(-error)) < 0)
		*ret_reason = NULL;
	return DIFF_FAILED;
}

static enum diff_result compare(
	const struct options *o, struct json_object *const *reports, char **ret_reason)
{
	char *refusal = difference_refusal(reports[0], reports[1]);
	struct json_object *difference;
	enum diff_result result;

	if (refusal)
		return refuse(refusal, ret_reason);
	difference = difference_json(reports[0], reports[1]);
	result = conclude(o, difference, ret_reason);
	json_object_put(difference);
	return result;
}

enum diff_result diff_command(
	const struct options *o, const struct ruleset *rules, char **ret_reason)
{
	struct json_object *reports[SIDES] = {NULL, NULL};
	enum diff_result result = DIFF_FAILED;
	int error = 0;

	for (int i = 0; i < SIDES && !error; i++)
		error = report_read(
			o->compared[i], rules, &o->premise, false, &reports[i], NULL, ret_reason);
	if (!error)
		result = compare(o, reports, ret_reason);
	for (int i = 0; i < SIDES; i++)
		json_object_put(reports[i]);
	return result;
}
