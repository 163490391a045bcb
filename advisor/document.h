/*
 * document: a JSON file that a person gives: a policy, or a report.
 */
#ifndef CONCADVISE_DOCUMENT_H
#define CONCADVISE_DOCUMENT_H

#include <stddef.h>

struct json_object;

/*
 * Reads a file of at most `most` bytes that holds one JSON object. Returns 0, or a negative errno
 * and a malloc'ed reason that begins with the path. The caller owns the object.
 */
int document_read(
	const char *path, size_t most, struct json_object **ret_object, char **ret_reason);

/* Its two steps, for a file that can be something else too: the text, which the caller frees, and
 * the object in it. The path is for the reason alone. */
int document_load(
	const char *path, size_t most, char **ret_text, size_t *ret_size, char **ret_reason);
int document_parse(const char *path, const char *text, size_t size, struct json_object **ret_object,
	char **ret_reason);

#endif
