/*
 * mark: where a finding is to be marked in the source, and how it is known again.
 */
#ifndef CONCADVISE_MARK_H
#define CONCADVISE_MARK_H

#include <stdbool.h>

struct json_object;

/* Strings are borrowed from the report. */
struct mark {
	const char *path;     /* relative to the repository; NULL: the line is not in it */
	const char *file;     /* the path, or the file as recorded; else the program itself */
	int line;             /* 0: not known */
	const char *function; /* NULL: not known */
};

struct mark mark_of(struct json_object *report, struct json_object *finding);

/* What is said there: title, place and message. The caller frees it. NULL: out of memory. */
char *mark_text(struct json_object *finding);

/*
 * The same for every run and wherever the function moves in its file: of the rule, the function and
 * the file, of no line and no number. FNV-1a, 64 bits, in hex.
 */
struct fingerprint {
	char text[17];
};
struct fingerprint mark_fingerprint(struct json_object *report, struct json_object *finding);

#endif
