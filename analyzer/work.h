/*
 * work: what the program's work consists of, and how it is built now.
 */
#ifndef CONCADVISE_WORK_H
#define CONCADVISE_WORK_H

struct meaning;
struct profile;

/*
 * Fills p->work, from its threads, locks and server. locked_share: of each process's computing,
 * what needs its interpreter's lock. Returns 0 or -ENOMEM.
 */
int work_fill(struct profile *p, const struct meaning *x, const double *locked_share);

#endif
