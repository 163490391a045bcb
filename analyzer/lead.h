/*
 * lead: threads that have others work, and so are none of the workers.
 */
#ifndef CONCADVISE_LEAD_H
#define CONCADVISE_LEAD_H

#include <stdbool.h>

struct meaning;
struct profile;

/* Both: of each thread. The caller frees it. NULL when out of memory. */

/* Who hands work to processes. busy_s: of each process. */
bool *leads_processes(const struct profile *p, const struct meaning *x, const double *busy_s);

/* Who starts threads. carried_s: of each thread; one that carries notable_s works. */
bool *leads_threads(const struct profile *p, const struct meaning *x, const double *carried_s,
	double notable_s);

#endif
