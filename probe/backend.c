/* backend: one of two is open. */
#include "backend.h"

#include "heap.h"
#include "own_cpu.h"
#include "probe.h"
#include "procfs/procfs.h"
#include "target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct backend {
	struct probe *probe;   /* NULL: */
	struct procfs *procfs; /* this one measures */
	struct backend_notice notice;
	char *reason;
};

const char *backend_choice_name(enum backend_choice c)
{
	static const char *const names[BACKEND_CHOICES] = {
		[BACKEND_AUTO] = "auto",
		[BACKEND_EBPF] = "ebpf",
		[BACKEND_PROC] = "proc",
	};

	return names[c];
}

/* Both reasons, as one. */
static void reasons_join(const char *first, char **reason)
{
	char *joined = NULL;

	if (first && *reason && asprintf(&joined, "%s; %s", first, *reason) < 0)
		joined = NULL;
	if (!joined && first && !*reason)
		joined = strdup(first);
	if (!joined)
		return;
	free(*reason);
	*reason = joined;
}

static int procfs_reach(
	struct backend *b, struct target *t, const struct probe_options *o, char **ret_reason)
{
	int error = procfs_open(t, o, b->reason, &b->procfs, ret_reason);

	if (error < 0)
		reasons_join(b->reason, ret_reason);
	return error;
}

static int any_open(struct backend *b, struct target *t, enum backend_choice choice,
	const struct probe_options *o, char **ret_reason)
{
	int error;

	if (choice == BACKEND_PROC)
		return procfs_reach(b, t, o, ret_reason);
	error = probe_open(t, o, &b->probe, ret_reason);
	/* Who may not look into a process may not by /proc either. */
	if (error == 0 || error == -ENOMEM || error == -EACCES || choice == BACKEND_EBPF)
		return error;
	b->reason = *ret_reason ? *ret_reason : strdup(strerror(-error));
	*ret_reason = NULL;
	b->notice = (struct backend_notice){error, b->reason};
	return procfs_reach(b, t, o, ret_reason);
}

/* A service that is bound to some CPUs is left alone on them, if there are others. */
static void bound_leave(const struct target *t)
{
	size_t count;
	const int *pids = target_pids(t, &count);

	if (!target_is_launched(t))
		own_cpu_keep_off(pids, count);
}

int backend_open(struct target *t, enum backend_choice choice, const struct probe_options *o,
	struct backend **ret, char **ret_reason)
{
	struct backend *b = calloc(1, sizeof(*b));
	int error;

	*ret_reason = NULL;
	if (!b)
		return -ENOMEM;
	heap_prepare();
	bound_leave(t);
	error = any_open(b, t, choice, o, ret_reason);
	if (error < 0) {
		own_cpu_return();
		backend_free(b);
		return error;
	}
	*ret = b;
	return 0;
}

const struct backend_notice *backend_notice(const struct backend *b)
{
	return &b->notice;
}

int backend_run(struct backend *b, double duration_s)
{
	return b->probe ? probe_run(b->probe, duration_s) : procfs_run(b->procfs, duration_s);
}

int backend_finish(struct backend *b, struct measurement **ret)
{
	return b->probe ? probe_finish(b->probe, ret) : procfs_finish(b->procfs, ret);
}

void backend_free(struct backend *b)
{
	if (!b)
		return;
	probe_free(b->probe);
	procfs_free(b->procfs);
	free(b->reason);
	free(b);
}
