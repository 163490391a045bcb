/*
 * recording: a measurement to a JSON file, and back.
 *
 * Written one row of each list per line, so that people can read and compare recordings too, with
 * one line in memory at a time. What a recording holds is recording_table.c's matter, how it is
 * spelt that of the codecs; here are the file, the schema's version and the reasons for refusing.
 */
#include "recording.h"

#include "measurement.h"
#include "recording_codec.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX ((size_t)256 << 20) /* a million segments are 60 MB */
#define DEPTH_MAX 32                 /* ours is 6; unknown keys may go deeper */
/* What reading it may take: a recording with all lists as long as they get takes a third. */
#define MEMORY_MAX ((size_t)2 << 30)

#define cleaned_by(f) __attribute__((cleanup(f)))

static void json_put(struct json_object **o)
{
	json_object_put(*o);
}

static void tokener_free(struct json_tokener **t)
{
	if (*t)
		json_tokener_free(*t);
}

static void memory_free(char **memory)
{
	free(*memory);
}

static void fd_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void measurement_drop(struct measurement **m)
{
	measurement_free(*m);
}

static int print(FILE *to, const char *text)
{
	return fputs(text, to) == EOF ? -errno : 0;
}

/* Takes the value. */
static int value_print(FILE *to, const char *before, struct json_object *value)
{
	cleaned_by(json_put) struct json_object *taken = value;
	const char *text = json_object_to_json_string_ext(
		taken, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text)
		return -ENOMEM;

	int r = print(to, before);

	return r < 0 ? r : print(to, text);
}

static int rows_print(FILE *to, const struct field *f, const void *base)
{
	const char *rows;
	size_t count = *MEMBER_OF(base, f->beside, size_t);
	const char *before = "[\n";
	struct json_object *value;
	int r = 0;

	/* A copy, since the pointer's own type differs from list to list. */
	memcpy(&rows, MEMBER_OF(base, f->offset, char), sizeof rows);
	if (f->codec->write_header) {
		r = f->codec->write_header(f, &value);
		if (r == 0)
			r = value_print(to, before, value);
		before = ",\n";
	}
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = f->codec->write_row(f, rows + i * f->table->size, &value);
		if (r == 0)
			r = value_print(to, before, value);
		before = ",\n";
	}
	if (r < 0)
		return r;
	return print(to, count || f->codec->write_header ? "\n]" : "[]");
}

static int field_print(FILE *to, const struct field *f, const void *base)
{
	struct json_object *value;

	if (fprintf(to, ",\n\"%s\":", f->name) < 0)
		return -errno;
	if (f->codec->write_row)
		return rows_print(to, f, base);

	int r = f->codec->write(f, base, &value);

	return r < 0 ? r : value_print(to, "", value);
}

int recording_write(const struct measurement *m, FILE *to)
{
	int r = print(to, "{\n\"schema\":\"" MEASUREMENT_SCHEMA "\"");

	for (size_t i = 0; r == 0 && i < recording_table.count; i++)
		r = field_print(to, &recording_table.fields[i], m);
	if (r == 0)
		r = print(to, "\n}\n");
	if (r == 0 && fflush(to) == EOF)
		r = -errno;
	return r;
}

/* -r with the reason, as far as there is memory for one. */
__attribute__((format(printf, 3, 4))) static int refuse(
	char **ret_reason, int r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(ret_reason, format, arguments) < 0)
		*ret_reason = NULL;
	va_end(arguments);
	return r;
}

static void place_print(FILE *to, const struct place *at)
{
	if (!at->above)
		return;
	place_print(to, at->above);
	if (!at->key)
		fprintf(to, "[%zu]", at->index);
	else
		fprintf(to, "%s%s", at->above->above ? "." : "", at->key);
}

int place_refuse(const struct place *at, const char *what)
{
	char **ret_reason = at->reader->ret_reason;
	size_t size;
	FILE *to = open_memstream(ret_reason, &size);

	if (!to)
		return -EINVAL;
	place_print(to, at);
	fprintf(to, "%s%s", at->above ? ": " : "", what);
	if (fclose(to) == EOF) {
		free(*ret_reason);
		*ret_reason = NULL;
	}
	return -EINVAL;
}

/* The number after the slash of "concadvise.measurement/1"; 0: not one of ours. */
static unsigned long schema_major(const char *schema)
{
	size_t stem = strcspn(MEASUREMENT_SCHEMA, "/") + 1;
	char *end;

	if (strncmp(schema, MEASUREMENT_SCHEMA, stem) != 0)
		return 0;

	unsigned long major = strtoul(schema + stem, &end, 10);

	return schema[stem] >= '1' && schema[stem] <= '9' && *end == '\0' ? major : 0;
}

static int schema_check(const struct place *top, struct json_object *recording)
{
	struct json_object *schema = NULL;

	if (!json_object_is_type(recording, json_type_object) ||
		!json_object_object_get_ex(recording, "schema", &schema) ||
		!json_object_is_type(schema, json_type_string) ||
		schema_major(json_object_get_string(schema)) == 0)
		return place_refuse(top,
			"this is no recording of concadvise (its \"schema\" is not "
			"\"" MEASUREMENT_SCHEMA "\")");
	if (strcmp(json_object_get_string(schema), MEASUREMENT_SCHEMA) == 0)
		return 0;
	return refuse(top->reader->ret_reason, -EPROTONOSUPPORT,
		"a recording of version %lu, made by a newer concadvise; this one reads up to %lu",
		schema_major(json_object_get_string(schema)), schema_major(MEASUREMENT_SCHEMA));
}

static bool is_blank(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!strchr(" \t\r\n", text[i]) || text[i] == '\0')
			return false;
	return true;
}

/* What json-c 0.16 takes for a text's values on x86-64, about: an empty object is 3 bytes of text.
 */
static size_t memory_needed(const char *text, size_t size)
{
	static const size_t costs[UCHAR_MAX + 1] = {
		[','] = 64, [':'] = 32, ['['] = 160, ['{'] = 800};
	bool inside = false; /* a string */
	size_t needed = 0;

	for (size_t i = 0; i < size; i++) {
		if (text[i] == '"')
			inside = !inside;
		else if (!inside)
			needed += costs[(unsigned char)text[i]];
		else if (text[i] == '\\')
			i++;
	}
	return needed;
}

static int json_parse(const char *text, size_t size, struct json_object **ret, char **ret_reason)
{
	cleaned_by(tokener_free) struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);

	if (!tokener)
		return -ENOMEM;
	if (!text)
		return refuse(ret_reason, -EINVAL, "the recording ends too early: it is cut short");
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS |
						JSON_TOKENER_VALIDATE_UTF8);

	cleaned_by(json_put) struct json_object *parsed =
		json_tokener_parse_ex(tokener, text, (int)size);
	enum json_tokener_error error = json_tokener_get_error(tokener);
	size_t end = json_tokener_get_parse_end(tokener);

	if (error == json_tokener_continue)
		return refuse(ret_reason, -EINVAL, "the recording ends too early: it is cut short");
	if (error != json_tokener_success)
		return refuse(ret_reason, -EINVAL, "not JSON at byte %zu: %s", end,
			json_tokener_error_desc(error));
	if (!is_blank(text + end, size - end))
		return refuse(ret_reason, -EINVAL, "more follows the recording at byte %zu", end);
	*ret = parsed;
	parsed = NULL;
	return 0;
}

static int measurement_read(struct json_object *recording, struct measurement *m, char **ret_reason)
{
	struct reader reader = {.m = m, .ret_reason = ret_reason};
	struct place top = {.reader = &reader};
	int r = schema_check(&top, recording);

	return r < 0 ? r : table_read(&top, &recording_table, recording, m);
}

int recording_parse(
	const char *text, size_t size, struct measurement **ret_measurement, char **ret_reason)
{
	cleaned_by(json_put) struct json_object *recording = NULL;
	cleaned_by(measurement_drop) struct measurement *m = NULL;
	int r;

	*ret_reason = NULL;
	if (size > FILE_MAX)
		return refuse(ret_reason, -EFBIG, "larger than %zu MiB, more than a recording is",
			FILE_MAX >> 20);
	if (memory_needed(text, size) > MEMORY_MAX)
		return refuse(ret_reason, -EFBIG,
			"more values than a recording has: they would take "
			"over %zu MiB of memory",
			MEMORY_MAX >> 20);
	r = json_parse(text, size, &recording, ret_reason);
	if (r < 0)
		return r;
	m = measurement_new();
	if (!m)
		return -ENOMEM;
	r = measurement_read(recording, m, ret_reason);
	if (r < 0)
		return r;
	*ret_measurement = m;
	m = NULL;
	return 0;
}

/* Not by the file's size: a pipe has none. One byte above the limit is enough to refuse it. */
static int file_load(int fd, char **ret_text, size_t *ret_size)
{
	cleaned_by(memory_free) char *text = NULL;
	size_t size = 0, room = 0;
	ssize_t n;

	do {
		if (size == room) {
			room = room ? 2 * room : 1 << 16;
			if (room > FILE_MAX)
				room = FILE_MAX + 1;

			char *grown = realloc(text, room);

			if (!grown)
				return -ENOMEM;
			text = grown;
		}
		n = read(fd, text + size, room - size);
		if (n < 0 && errno != EINTR)
			return -errno;
		size += n > 0 ? (size_t)n : 0;
	} while (n != 0 && size <= FILE_MAX);
	*ret_text = text;
	*ret_size = size;
	text = NULL;
	return 0;
}

int recording_read(const char *path, struct measurement **ret_measurement, char **ret_reason)
{
	cleaned_by(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	cleaned_by(memory_free) char *text = NULL;
	size_t size = 0;

	*ret_reason = NULL;
	if (fd < 0)
		return refuse(ret_reason, -errno, "%s", strerror(errno));

	int r = file_load(fd, &text, &size);

	if (r < 0)
		return refuse(ret_reason, r, "%s", strerror(-r));
	return recording_parse(text, size, ret_measurement, ret_reason);
}
