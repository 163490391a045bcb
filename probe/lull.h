/*
 * lull: what it costs to compute again after a CPU has idled: its caches were taken by others
 * meanwhile, or switched off with it.
 */
#ifndef CONCADVISE_LULL_H
#define CONCADVISE_LULL_H

struct measurement;

/*
 * Fills in m->lulls: by how much longer it takes to go through 256 KiB of data and as much code, a
 * line here and a line there, after a CPU has idled for 30 ms and 100 ms than at once
 * (cache_ring.h). What programs have to fetch again after a wait is in proportion to that
 * (docs/lulls.md).
 *
 * The second is timed where m has several waits of more than 30 ms; where it has no several waits,
 * nothing is done. Not for where a service goes on, which it would disturb. The user waits
 * meanwhile: a quarter of the window, at least once each (138 ms for both), at most 0.4 s. No
 * error: without memory or threads there are no rows.
 */
void lull_measure(struct measurement *m);

#endif
