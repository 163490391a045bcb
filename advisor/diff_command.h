/*
 * diff_command: `concadvise diff BASE NEW`.
 */
#ifndef CONCADVISE_DIFF_COMMAND_H
#define CONCADVISE_DIFF_COMMAND_H

struct options;
struct ruleset;

enum diff_result {
	DIFF_NO_WORSE,
	DIFF_WORSE,
	DIFF_REFUSED, /* they cannot be compared */
	DIFF_FAILED   /* one cannot be read, or the result not be written */
};

/* Compares and writes what comes of it. Sets a malloc'ed reason (NULL: out of memory) if refused or
 * failed. */
enum diff_result diff_command(
	const struct options *o, const struct ruleset *rules, char **ret_reason);

#endif
