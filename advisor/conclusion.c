/*
 * conclusion: the last steps of the flow, the same for what was measured just now and what was
 * kept.
 */
#include "conclusion.h"

#include "complaint.h"
#include "delivery.h"
#include "format.h"
#include "gate.h"
#include "options.h"
#include "output.h"
#include "report_object.h"
#include "status.h"

#include "probe/recording.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int recording_keep(const struct options *o, const struct measurement *m)
{
	struct output output;
	int error;

	if (!o->record)
		return 0;
	error = output_open(o->record, stdout, &output);
	if (!error) {
		error = recording_write(m, output.to);
		if (error)
			output_discard(&output);
		else
			error = output_close(&output);
	}
	if (!error)
		return 0;
	complain("cannot keep the measurement in %s: %s", o->record, strerror(-error));
	return STATUS_OURS;
}

static int tell_report(const void *what, const struct options *o, const struct style *s, FILE *to)
{
	return o->format->write(*(struct json_object *const *)what, s, to);
}

/* Says line by line what the gates found. Returns 0 or 3. */
static int gates_judge(const struct options *o, struct json_object *report)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	bool fails = to && gate_judge(&o->gate, report, to);

	if (!to || fclose(to) != 0) {
		complain("out of memory");
		return STATUS_OURS;
	}
	for (char *line = text, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		complain("%.*s", (int)(end - line), line);
	}
	free(text);
	return fails ? STATUS_FINDING : 0;
}

int conclusion_tell(const struct options *o, struct json_object *report)
{
	int status = delivery_write(o, tell_report, &report);

	if (status == 0)
		status = gates_judge(o, report);
	json_object_put(report);
	return status;
}

static int advise(const struct options *o, const struct ruleset *rules, const struct measurement *m,
	struct json_object *runs)
{
	struct json_object *report = report_make(m, rules, &o->premise, runs, o->style.explain);

	return report ? conclusion_tell(o, report) : complain_of("", NULL, -ENOMEM);
}

int conclusion_draw(const struct options *o, const struct ruleset *rules,
	const struct measurement *m, struct json_object *runs)
{
	int kept = recording_keep(o, m), status = advise(o, rules, m, runs);

	return kept ? kept : status;
}
