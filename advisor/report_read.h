/*
 * report_read: a report from a file: one that was kept as JSON, or made again from a recording.
 */
#ifndef CONCADVISE_REPORT_READ_H
#define CONCADVISE_REPORT_READ_H

#include <stdbool.h>

struct json_object;
struct premise;
struct ruleset;

/*
 * Returns 0, or a negative errno and a malloc'ed reason that begins with the path. The caller owns
 * the report. One that was kept says what it says: the rules, the premise and `explain` are for
 * recordings, and nothing in it is to be trusted (value.h). ret_kept may be NULL.
 */
int report_read(const char *path, const struct ruleset *rules, const struct premise *premise,
	bool explain, struct json_object **ret_report, bool *ret_kept, char **ret_reason);

#endif
