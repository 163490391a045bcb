/*
 * stack_row: a row of the report's `stacks` as tools for flame graphs want it: names from the
 * outermost frame to the innermost.
 */
#ifndef CONCADVISE_STACK_ROW_H
#define CONCADVISE_STACK_ROW_H

#include <stdbool.h>

struct json_object;

/* Strings belong to the row, but for the name. */
struct stack_frame {
	char *name;       /* never NULL, without controls */
	const char *file; /* NULL: not known */
	int line;         /* 0: not known */
};

/* What the time of a row was: "computing", "waiting", or "idle" where it waited for work. */
const char *stack_row_kind(struct json_object *row);

/*
 * Calls visit() for each frame: first what the row's time was, then the calls. lines: a name has
 * its line, "fetch (fetch.py:37)", so that each call site stands alone. -ENOMEM, or what visit()
 * returned as soon as that is not 0.
 */
int stack_row_walk(struct json_object *row, bool lines,
	int (*visit)(void *context, const struct stack_frame *frame), void *context);

#endif
