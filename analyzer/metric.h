/*
 * metric: a named number of a profile, for rules to reason with. One table row each: name, unit,
 * meaning, sum. See metric_group.h.
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

/*
 * All metrics, ordered by name: "time.*" is the time of all threads; "work.*" leaves out the
 * waiting for work, for users and for the program's own threads and children, so its shares say
 * what the program does when it does something.
 */
size_t metric_count(void);
const struct metric *metric_at(size_t at); /* NULL: no more */

/* NULL when there is none of that name. */
const struct metric *metric_find(const char *name);

/* The existing name that is nearest to a misspelt one (edit distance), for messages. Never NULL. */
const char *metric_nearest(const char *name);

#endif
