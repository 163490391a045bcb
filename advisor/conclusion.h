/*
 * conclusion: from a measurement to what the user has of it: kept, told, and held against the
 * gates.
 */
#ifndef CONCADVISE_CONCLUSION_H
#define CONCADVISE_CONCLUSION_H

struct json_object;
struct measurement;
struct options;
struct ruleset;

/* Keeps the measurement if that is asked for, and judges it: the median one of several if `runs`
 * tells of them, else NULL. Returns the exit status: 0, STATUS_FINDING or STATUS_OURS. */
int conclusion_draw(const struct options *o, const struct ruleset *rules,
	const struct measurement *m, struct json_object *runs);

/* Writes a report, and frees it; the status is that of conclusion_draw(). */
int conclusion_tell(const struct options *o, struct json_object *report);

#endif
