/*
 * reading: JSON values into C structs by a table of keys.
 */
#include "reading.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int reading_refuse(struct reading *r, const char *format, ...)
{
	const char *between = r->place[0] != '\0' ? ": " : "";
	char *words = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&words, format, arguments);
	va_end(arguments);
	if (length < 0)
		return -ENOMEM;
	length = asprintf(&r->reason, "%s: %s%s%s", r->origin, r->place, between, words);
	free(words);
	if (length < 0) {
		r->reason = NULL;
		return -ENOMEM;
	}
	return -EINVAL;
}

size_t reading_enter(struct reading *r, const char *format, ...)
{
	size_t length = strlen(r->place);
	va_list arguments;

	va_start(arguments, format);
	/* A place too long to be named whole is cut. */
	(void)vsnprintf(r->place + length, sizeof(r->place) - length, format, arguments);
	va_end(arguments);
	if (length == 0 && r->place[0] == '.')
		memmove(r->place, r->place + 1, strlen(r->place));
	return length;
}

void reading_leave(struct reading *r, size_t place)
{
	r->place[place] = '\0';
}

static const struct {
	const char *words;
	enum json_type json;
} types[] = {
	[FIELD_STRING] = {"a string", json_type_string},
	[FIELD_NUMBER] = {"a number", json_type_double},
	[FIELD_BOOLEAN] = {"true or false", json_type_boolean},
	[FIELD_ARRAY] = {"an array", json_type_array},
	[FIELD_OBJECT] = {"an object", json_type_object},
};

int reading_expect(struct reading *r, struct json_object *value, enum field_type type)
{
	enum json_type found = json_object_get_type(value);

	if (type == FIELD_ANY || types[type].json == found)
		return 0;
	if (type == FIELD_NUMBER && found == json_type_int)
		return 0;
	return reading_refuse(r, "expected %s, found %s", types[type].words,
		found == json_type_null ? "null" : json_type_to_name(found));
}

static int field_read(
	struct reading *r, const struct field *f, struct json_object *value, void *into)
{
	size_t place = reading_enter(r, ".%s", f->key);
	int error = reading_expect(r, value, f->type);

	if (!error)
		error = f->read(r, value, (char *)into + f->offset);
	reading_leave(r, place);
	return error;
}

static const struct field *field_find(const struct field *fields, const char *key)
{
	while (fields->key && strcmp(fields->key, key) != 0)
		fields++;
	return fields->key ? fields : NULL;
}

int reading_fields(
	struct reading *r, struct json_object *object, const struct field *fields, void *into)
{
	json_object_object_foreach(object, key, value)
	{
		const struct field *f = field_find(fields, key);
		int error = f ? field_read(r, f, value, into)
			      : reading_refuse(r, "there is no key \"%s\" here", key);

		if (error)
			return error;
	}
	for (const struct field *f = fields; f->key; f++)
		if (f->required && !json_object_object_get_ex(object, f->key, NULL))
			return reading_refuse(r, "\"%s\" is missing", f->key);
	return 0;
}

int reading_array(struct reading *r, struct json_object *array, enum field_type type,
	int (*read)(struct reading *r, struct json_object *value, void *into), size_t size,
	void **ret_elements, size_t *ret_count)
{
	size_t length = json_object_array_length(array);
	char *elements = calloc(length + 1, size);
	int error = 0;

	if (!elements)
		return -ENOMEM;
	*ret_elements = elements;
	*ret_count = length;
	for (size_t i = 0; i < length && !error; i++) {
		struct json_object *value = json_object_array_get_idx(array, i);
		size_t place = reading_enter(r, "[%zu]", i);

		error = reading_expect(r, value, type);
		if (!error)
			error = read(r, value, elements + i * size);
		reading_leave(r, place);
	}
	return error;
}

int reading_text(struct reading *r, struct json_object *value, void *into)
{
	const char *text = json_object_get_string(value);
	char **copy = into;

	if (strlen(text) != (size_t)json_object_get_string_len(value))
		return reading_refuse(r, "the text holds a NUL character");
	*copy = strdup(text);
	return *copy ? 0 : -ENOMEM;
}

static bool text_goes_on(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && text[length - 1] == ' ';
}

static int part_append(
	struct reading *r, struct json_object *part, const char *separator, char **text)
{
	char *longer, *added = NULL;
	int error = reading_expect(r, part, FIELD_STRING), length;

	if (!error)
		error = reading_text(r, part, &added);
	if (error)
		return error;
	length = asprintf(&longer, "%s%s%s", *text ? *text : "",
		!*text || text_goes_on(*text) ? "" : separator, added);
	free(added);
	if (length < 0)
		return -ENOMEM;
	free(*text);
	*text = longer;
	return 0;
}

int reading_joined(
	struct reading *r, struct json_object *value, const char *separator, char **ret_text)
{
	char *text = NULL;
	int error = 0;

	if (!json_object_is_type(value, json_type_array)) {
		error = part_append(r, value, separator, &text);
	} else if (json_object_array_length(value) == 0) {
		error = reading_refuse(r, "the text has no lines");
	} else {
		for (size_t i = 0; i < json_object_array_length(value) && !error; i++)
			error = part_append(
				r, json_object_array_get_idx(value, i), separator, &text);
	}
	if (error) {
		free(text);
		return error;
	}
	*ret_text = text;
	return 0;
}

int reading_boolean(struct reading *r, struct json_object *value, void *into)
{
	(void)r;
	*(bool *)into = json_object_get_boolean(value);
	return 0;
}

int reading_number(struct reading *r, struct json_object *value, void *into)
{
	double number = json_object_get_double(value);

	if (!isfinite(number))
		return reading_refuse(r, "the number is out of range");
	*(double *)into = number;
	return 0;
}

int reading_integer(struct reading *r, struct json_object *value, void *into)
{
	double number = json_object_get_double(value);

	if (!(number >= INT_MIN && number <= INT_MAX) || number != trunc(number))
		return reading_refuse(r, "expected a whole number");
	*(int *)into = (int)number;
	return 0;
}
