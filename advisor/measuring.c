/*
 * measuring: opens a backend, runs it, and takes its measurement.
 */
#include "measuring.h"

#include "complaint.h"
#include "hint.h"
#include "notice.h"
#include "options.h"
#include "progress.h"

#include "probe/measurement.h"
#include "probe/probe.h"
#include "probe/target.h"

#include <stdio.h>
#include <string.h>

struct measurement *measuring_run(
	const struct options *o, struct backend *backend, struct progress *progress)
{
	struct measurement *m = NULL;
	int error = backend_run(backend, o->duration_s);

	progress_end(progress);
	if (!error)
		error = backend_finish(backend, &m);
	if (error)
		complain("measuring failed: %s", strerror(-error));
	backend_free(backend);
	return m;
}

int measuring_open(const struct options *o, struct target *t, enum backend_choice choice,
	const struct probe_options *probe_options, struct backend **ret, char **ret_reason)
{
	int error = backend_open(t, choice, probe_options, ret, ret_reason);
	const struct backend_notice *notice = error ? NULL : backend_notice(*ret);

	if (notice && notice->error) {
		notice_print(notice, stderr);
		suggest(hint_measure(o, notice->error));
	}
	return error;
}

int measuring_attach(const struct options *o, enum backend_choice choice,
	const struct probe_options *probe_options, struct target **ret_target,
	struct backend **ret_backend)
{
	char *reason = NULL;
	int error = target_attach(o->pids, o->pids_count, ret_target, &reason);
	char *hint = error ? hint_attach(o, error) : NULL;

	if (!error) {
		error = measuring_open(o, *ret_target, choice, probe_options, ret_backend, &reason);
		hint = error ? hint_measure(o, error) : NULL;
	}
	if (error) {
		complain_of("", reason, error);
		suggest(hint);
	}
	return error;
}

FILE *measuring_progress(const struct options *o)
{
	return o->style.verbosity < 0 ? NULL : stderr;
}
