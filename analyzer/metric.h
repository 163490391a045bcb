/*
 * metric: a named number of a profile, for rules to reason with. One table row each: name, unit,
 * meaning, sum.
 */
#ifndef CONCADVISE_METRIC_H
#define CONCADVISE_METRIC_H

#include <stddef.h>

struct profile;

struct metric {
	const char *name;    /* dotted: "time.network.share", "threads.speedup" */
	const char *unit;    /* "share", "s", "count", "x", "bytes", "bool" */
	const char *meaning; /* one line, for rules' authors and docs/metrics.md */
	double (*value)(const struct profile *p); /* NAN: not known */
};

/* All metrics, ordered by name. */
const struct metric *metric_all(size_t *ret_count);

/* NULL when there is none of that name. */
const struct metric *metric_find(const char *name);

/* The existing name that is nearest to a misspelt one (edit distance), for messages. Never NULL. */
const char *metric_nearest(const char *name);

#endif
