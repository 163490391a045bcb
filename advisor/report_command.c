/*
 * report_command: `concadvise report RECORDING | REPORT.json`.
 */
#include "command.h"

#include "complaint.h"
#include "conclusion.h"
#include "hint.h"
#include "options.h"
#include "report_read.h"
#include "status.h"
#include "value.h"

#include <json-c/json.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* What is asked for that a report which was kept cannot tell any more; NULL: nothing. */
static const char *recording_needed(const struct options *o, struct json_object *report)
{
	if (!isnan(o->premise.cpus))
		return "--cpus";
	if (o->premise.workers > 0)
		return "--workers";
	if (o->premise.operations != 1)
		return "--operations";
	if (o->rules_dir)
		return "--rules";
	return o->style.explain && value_count(report, "considered") == 0 ? "--explain" : NULL;
}

int report_command(const struct options *o, const struct ruleset *rules)
{
	struct json_object *report;
	const char *needed;
	char *reason = NULL;
	bool kept;
	int error = report_read(
		o->recording, rules, &o->premise, o->style.explain, &report, &kept, &reason);

	if (error) {
		complain_of("", reason, error);
		suggest(hint_recording(error));
		return STATUS_OURS;
	}
	needed = kept ? recording_needed(o, report) : NULL;
	if (!needed)
		return conclusion_tell(o, report);
	complain("%s is a report: %s needs the recording that it was made from", o->recording,
		needed);
	json_object_put(report);
	return STATUS_USAGE;
}
