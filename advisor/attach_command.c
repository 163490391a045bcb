/*
 * attach_command: measures processes that are there already.
 */
#include "command.h"

#include "conclusion.h"
#include "measuring.h"
#include "options.h"
#include "progress.h"
#include "status.h"

#include "probe/measurement.h"
#include "probe/probe.h"
#include "probe/target.h"

#include <stdlib.h>

int attach_command(const struct options *o, const struct ruleset *rules)
{
	struct progress progress;
	struct probe_options probe_options = {
		.follow = o->follow, .frequency_hz = o->frequency_hz, .callsites = o->callsites};
	struct target *t = NULL;
	struct backend *backend = NULL;
	struct measurement *m = NULL;
	int status = STATUS_OURS;

	progress_begin(&progress, measuring_progress(o), o->duration_s);
	probe_options.watch = progress_watch(&progress);
	if (measuring_attach(o, o->backend, &probe_options, &t, &backend) == 0)
		m = measuring_run(o, backend, &progress);
	if (m)
		status = conclusion_draw(o, rules, m, NULL);
	measurement_free(m);
	target_free(t);
	return status;
}
