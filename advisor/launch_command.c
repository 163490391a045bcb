/*
 * launch_command: runs a command, once or several times, measured.
 */
#include "command.h"

#include "complaint.h"
#include "conclusion.h"
#include "hint.h"
#include "measuring.h"
#include "options.h"
#include "progress.h"
#include "series.h"
#include "spread.h"
#include "status.h"

#include "probe/measurement.h"
#include "probe/probe.h"
#include "probe/target.h"

#include <json-c/json.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Takes a run of several, or of one concludes at once. Frees the measurement, or keeps it. */
static int run_take(const struct options *o, const struct ruleset *rules, struct series *series,
	struct measurement *m)
{
	int status;

	if (series) {
		if (series_add(series, m, &o->premise, rules) == 0)
			return 0;
		complain("out of memory");
		return STATUS_OURS;
	}
	status = conclusion_draw(o, rules, m, NULL);
	measurement_free(m);
	return status;
}

static void exit_status_note(struct measurement *m, const struct target *t)
{
	int status;

	if (target_has_ended(t, &status)) {
		m->target.has_exit_status = true;
		m->target.exit_status = status;
	}
}

/* A report that could not be written is told in any case; a finding, if the command went well. */
static int status_join(int command, int ours)
{
	if (ours == STATUS_OURS)
		return ours;
	return command != 0 ? command : ours;
}

/* Lets a held command go; without a backend (NULL), unmeasured. Its status, or ours. */
static int run_released(const struct options *o, const struct ruleset *rules, struct target *t,
	struct backend *backend, struct series *series, struct progress *progress)
{
	struct measurement *m;
	int error, ours = 0;

	progress_run(progress);
	error = target_release(t);
	if (error) {
		complain("cannot execute %s: %s", o->command[0], strerror(-error));
		suggest(hint_execute(o, error));
		backend_free(backend);
		return target_wait(t);
	}
	m = backend ? measuring_run(o, backend, progress) : NULL;
	if (m) {
		exit_status_note(m, t);
		ours = run_take(o, rules, series, m);
	}
	return status_join(target_wait(t), ours);
}

/* One run; of several (series not NULL) it is judged when all are over. */
static int launch_once(const struct options *o, const struct ruleset *rules, struct series *series,
	struct progress *progress)
{
	struct probe_options probe_options = {.follow = o->follow,
		.frequency_hz = o->frequency_hz,
		.callsites = o->callsites,
		.watch = progress_watch(progress)};
	struct target *t = NULL;
	struct backend *backend = NULL;
	char *reason = NULL;
	int error, status;

	/* The command gets what we were given; we go on when a pipe was closed. */
	signal(SIGPIPE, o->sigpipe);
	error = target_launch(o->command, o->user, &t, &reason);
	signal(SIGPIPE, SIG_IGN);
	if (error)
		return complain_of("", reason, error);
	error = measuring_open(o, t, o->backend, &probe_options, &backend, &reason);
	if (error) {
		complain_of("not measured: ", reason, error);
		suggest(hint_measure(o, error));
		backend = NULL;
	}
	status = run_released(o, rules, t, backend, series, progress);
	target_free(t);
	return status;
}

/* Runs that would tell nothing, or that nobody wants any more, are not made. */
static bool is_over(const struct series *s, int made, int status)
{
	return s->count < (size_t)made || status > STATUS_OURS;
}

/* The first status of the command that is not 0, or ours. */
static int launch_several(
	const struct options *o, const struct ruleset *rules, struct progress *progress)
{
	struct series series = {0};
	struct json_object *runs;
	int command = 0, status = 0;

	for (int made = 0; made < o->runs && !is_over(&series, made, status); made++) {
		status = launch_once(o, rules, &series, progress);
		command = command ? command : status;
	}
	status = 0;
	if (series.count > 0) {
		runs = spread_json(series.rows);
		status = conclusion_draw(o, rules, series_median(&series), runs);
		json_object_put(runs);
	}
	series_free(&series);
	return status_join(command, status);
}

int launch_command(const struct options *o, const struct ruleset *rules)
{
	struct progress progress;
	int status;

	progress_begin_beside(&progress, measuring_progress(o), o->duration_s, o->runs);
	status = o->runs > 1 ? launch_several(o, rules, &progress)
			     : launch_once(o, rules, NULL, &progress);
	progress_free(&progress);
	return status;
}
