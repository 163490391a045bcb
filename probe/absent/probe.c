/*
 * The probe of a build without one (CONCADVISE_PROBE=OFF): every call says so, and /proc is looked
 * into instead.
 */
#include "probe/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int probe_open(
	struct target *t, const struct probe_options *o, struct probe **ret, char **ret_reason)
{
	(void)t;
	(void)o;
	(void)ret;
	*ret_reason = strdup("this concadvise was built without its eBPF probe "
			     "(CONCADVISE_PROBE=OFF)");
	return -ENOSYS;
}

int probe_run(struct probe *p, double duration_s)
{
	(void)p;
	(void)duration_s;
	return -ENOSYS;
}

int probe_finish(struct probe *p, struct measurement **ret)
{
	(void)p;
	(void)ret;
	return -ENOSYS;
}

void probe_free(struct probe *p)
{
	(void)p;
}
