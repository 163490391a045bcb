/*
 * diff_command: reads two reports, compares them, and tells.
 */
#include "command.h"

#include "complaint.h"
#include "delivery.h"
#include "difference.h"
#include "format.h"
#include "json.h"
#include "options.h"
#include "report_read.h"
#include "status.h"

#include <errno.h>
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

/* Returns 0 or STATUS_FINDING: NEW is worse; STATUS_OURS. */
static int conclude(const struct options *o, struct json_object *difference)
{
	int status = delivery_write(o, tell, &difference);

	return status == 0 && difference_is_worse(difference) ? STATUS_FINDING : status;
}

/* Also STATUS_USAGE: they cannot be compared. */
static int compare(const struct options *o, struct json_object *const *reports)
{
	char *refusal = difference_refusal(reports[0], reports[1]);
	struct json_object *difference;
	int status;

	if (refusal) {
		complain_of("BASE and NEW cannot be compared: ", refusal, -ENOMEM);
		return STATUS_USAGE;
	}
	difference = difference_json(reports[0], reports[1]);
	status = conclude(o, difference);
	json_object_put(difference);
	return status;
}

int diff_command(const struct options *o, const struct ruleset *rules)
{
	struct json_object *reports[SIDES] = {NULL, NULL};
	char *reason = NULL;
	int error = 0, status;

	for (int i = 0; i < SIDES && !error; i++)
		error = report_read(
			o->compared[i], rules, &o->premise, false, &reports[i], NULL, &reason);
	status = error ? complain_of("", reason, error) : compare(o, reports);
	for (int i = 0; i < SIDES; i++)
		json_object_put(reports[i]);
	return status;
}
