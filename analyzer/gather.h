/*
 * gather: from what threads did to the workload that can be replayed.
 */
#ifndef CONCADVISE_GATHER_H
#define CONCADVISE_GATHER_H

struct meaning;
struct profile;
struct workload;

/*
 * From p->work, p->threads and the recorded waits. locked_share: of each process's computing, what
 * needs its interpreter's lock. workload_clear() frees it, also after an error. Returns 0 or
 * -ENOMEM.
 */
int gather_workload(struct workload *ret, const struct profile *p, const struct meaning *x,
	const double *locked_share);

#endif
