/*
 * value: paths through JSON objects.
 */
#include "value.h"

#include <json-c/json.h>
#include <limits.h>
#include <math.h>
#include <string.h>

/* Longer than any key of a report. */
#define KEY_MAX 80

struct json_object *value_at(struct json_object *o, const char *path)
{
	while (o && *path) {
		size_t length = strcspn(path, ".");
		char key[KEY_MAX];

		if (length >= sizeof(key) || !json_object_is_type(o, json_type_object))
			return NULL;
		memcpy(key, path, length);
		key[length] = '\0';
		o = json_object_object_get(o, key);
		path += length + (path[length] == '.');
	}
	return o;
}

static struct json_object *of_type(struct json_object *o, enum json_type type)
{
	return json_object_is_type(o, type) ? o : NULL;
}

const char *value_text(struct json_object *o, const char *path)
{
	struct json_object *text = of_type(value_at(o, path), json_type_string);

	return text ? json_object_get_string(text) : NULL;
}

const char *value_words(struct json_object *o, const char *path)
{
	const char *text = value_text(o, path);

	return text ? text : "";
}

double value_number(struct json_object *o, const char *path)
{
	struct json_object *number = value_at(o, path);

	if (!of_type(number, json_type_int) && !of_type(number, json_type_double))
		return NAN;
	return json_object_get_double(number);
}

int value_whole(struct json_object *o, const char *path)
{
	double number = value_number(o, path);

	return number >= INT_MIN && number <= INT_MAX ? (int)number : 0;
}

bool value_is_true(struct json_object *o, const char *path)
{
	struct json_object *truth = of_type(value_at(o, path), json_type_boolean);

	return truth && json_object_get_boolean(truth);
}

size_t value_count(struct json_object *o, const char *path)
{
	struct json_object *array = of_type(value_at(o, path), json_type_array);

	return array ? json_object_array_length(array) : 0;
}

struct json_object *value_element(struct json_object *o, const char *path, size_t index)
{
	struct json_object *array = of_type(value_at(o, path), json_type_array);

	return array ? json_object_array_get_idx(array, index) : NULL;
}

const char *value_line(struct json_object *o, const char *path, size_t index)
{
	return value_words(value_element(o, path, index), "");
}
