/*
 * top_command: `concadvise top`.
 */
#include "command.h"

#include "complaint.h"
#include "measuring.h"
#include "options.h"
#include "status.h"
#include "top.h"

#include "probe/probe.h"
#include "probe/target.h"

#include <errno.h>
#include <stdlib.h>

int top_command(const struct options *o, const struct ruleset *rules)
{
	struct top *top = top_new(o->duration_s > 0 ? o->duration_s : 1, o->once, o->colour);
	struct probe_options probe_options = {.follow = o->follow};
	struct target *t = NULL;
	struct backend *backend = NULL;
	int error, shown;

	(void)rules;
	if (!top)
		return complain_of("", NULL, -ENOMEM);
	probe_options.watch = top_watch(top);
	/* Who looks into /proc has no threads to show while it measures. */
	if (measuring_attach(o, BACKEND_EBPF, &probe_options, &t, &backend)) {
		top_free(top);
		target_free(t);
		return STATUS_OURS;
	}
	error = backend_run(backend, 0);
	backend_free(backend);
	shown = top_free(top); /* the target holds signals back until the terminal is right */
	if (shown)
		error = shown;
	target_free(t);
	return error ? complain_of("cannot show the threads: ", NULL, error) : 0;
}
