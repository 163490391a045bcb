/*
 * cpu_site: the lines that compute most.
 */
#ifndef CONCADVISE_CPU_SITE_H
#define CONCADVISE_CPU_SITE_H

struct meaning;
struct profile;

/* Fills p->cpu_sites. Returns 0 or -ENOMEM. */
int cpu_site_fill(struct profile *p, const struct meaning *x);

#endif
