/*
 * procfs: measures a target by looking into /proc, for where eBPF cannot be had: no privileges, an
 * old kernel, a locked container. Needs no more rights than to see the target's processes.
 *
 * How long threads ran, waited for a CPU and were blocked is exact, for the kernel counts it. What
 * they were blocked in is known of waits that a look meets; see ledger.h. Lines of code are not
 * known at all. The four calls are those of probe.h, and mean the same.
 */
#ifndef CONCADVISE_PROCFS_H
#define CONCADVISE_PROCFS_H

struct measurement;
struct probe_options;
struct procfs;
struct target;

/* instead_of: why it is not eBPF that measures, for the report; NULL: it was asked for. */
int procfs_open(struct target *t, const struct probe_options *o, const char *instead_of,
	struct procfs **ret, char **ret_reason);
int procfs_run(struct procfs *p, double duration_s);
int procfs_finish(struct procfs *p, struct measurement **ret);
void procfs_free(struct procfs *p);

#endif
