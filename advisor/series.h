/*
 * series: several runs of one command, kept until it is known which is the median one.
 */
#ifndef CONCADVISE_SERIES_H
#define CONCADVISE_SERIES_H

#include <stddef.h>

struct json_object;
struct measurement;
struct premise;
struct ruleset;

struct series {
	struct measurement **runs;
	size_t count;
	struct json_object *rows; /* what each showed, see spread.h */
};

/* Judges a run and adds it, which it owns from then on, even on failure. 0 or -ENOMEM. */
int series_add(struct series *s, struct measurement *m, const struct premise *premise,
	const struct ruleset *rules);

/* The run that a report is made of; NULL of none. Borrowed. */
struct measurement *series_median(const struct series *s);

void series_free(struct series *s);

#endif
