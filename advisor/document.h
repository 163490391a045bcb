/*
 * document: a JSON file that a person gives: a policy, or a report to be compared.
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

#endif
