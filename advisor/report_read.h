/*
 * report_read: a report from a file: one that was kept as JSON, or made again from a recording.
 */
#ifndef CONCADVISE_REPORT_READ_H
#define CONCADVISE_REPORT_READ_H

struct json_object;
struct premise;
struct ruleset;

/*
 * Returns 0, or a negative errno and a malloc'ed reason that begins with the path. The caller owns
 * the report; nothing in one that was kept is to be trusted (value.h).
 */
int report_read(const char *path, const struct ruleset *rules, const struct premise *premise,
	struct json_object **ret_report, char **ret_reason);

#endif
