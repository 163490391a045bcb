/*
 * document: read whole, then parsed strictly and under limits.
 */
#include "document.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deeper than any document of ours. */
#define DEPTH_MAX 32

static void file_close(FILE **file)
{
	if (*file)
		fclose(*file);
}

static void text_free(char **text)
{
	free(*text);
}

static int refuse(char **ret_reason, int error, const char *path, const char *why)
{
	if (asprintf(ret_reason, "%s: %s", path, why) < 0)
		*ret_reason = NULL;
	return error;
}

static int text_read(
	const char *path, size_t most, char **ret_text, size_t *ret_size, char **ret_reason)
{
	__attribute__((cleanup(file_close))) FILE *from = fopen(path, "re");
	__attribute__((cleanup(file_close))) FILE *to = open_memstream(ret_text, ret_size);
	char part[1 << 14];
	size_t length, size = 0;

	if (!from)
		return refuse(ret_reason, -errno, path, strerror(errno));
	if (!to)
		return -ENOMEM;
	errno = 0;
	while ((length = fread(part, 1, sizeof(part), from)) > 0) {
		size += length;
		if (size > most)
			return refuse(ret_reason, -EFBIG, path, "it is too large");
		if (fwrite(part, 1, length, to) != length)
			return -ENOMEM;
	}
	if (ferror(from))
		return refuse(ret_reason, errno ? -errno : -EIO, path,
			errno ? strerror(errno) : "cannot be read");
	return 0;
}

static struct json_object *text_parse(const char *text, size_t size, const char **ret_problem)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *root = NULL;

	*ret_problem = "out of memory";
	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* The NUL behind it tells the tokener that the text ends. */
	root = json_tokener_parse_ex(tokener, text, (int)size + 1);
	*ret_problem = json_tokener_error_desc(json_tokener_get_error(tokener));
	json_tokener_free(tokener);
	return root;
}

int document_load(
	const char *path, size_t most, char **ret_text, size_t *ret_size, char **ret_reason)
{
	__attribute__((cleanup(text_free))) char *text = NULL;
	int error = text_read(path, most, &text, ret_size, ret_reason);

	if (error)
		return error;
	*ret_text = text;
	text = NULL;
	return 0;
}

int document_parse(const char *path, const char *text, size_t size, struct json_object **ret_object,
	char **ret_reason)
{
	struct json_object *root;
	const char *problem;
	char *why = NULL;
	int error;

	if (memchr(text, '\0', size))
		return refuse(ret_reason, -EINVAL, path, "not JSON: it holds a NUL");
	root = text_parse(text, size, &problem);
	if (json_object_is_type(root, json_type_object)) {
		*ret_object = root;
		return 0;
	}
	if (!root && asprintf(&why, "not JSON: %s", problem) < 0)
		why = NULL;
	error = refuse(ret_reason, -EINVAL, path,
		root  ? "not a JSON object"
		: why ? why
		      : "not JSON");
	free(why);
	json_object_put(root);
	return error;
}

int document_read(const char *path, size_t most, struct json_object **ret_object, char **ret_reason)
{
	__attribute__((cleanup(text_free))) char *text = NULL;
	size_t size = 0;
	int error = document_load(path, most, &text, &size, ret_reason);

	return error ? error : document_parse(path, text, size, ret_object, ret_reason);
}
