/*
 * json: values of the report in JSON, by json-c.
 */
#include "json.h"

#include "printable.h"

#include <errno.h>
#include <json-c/json.h>
#include <json-c/printbuf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct json_object *json_text(const char *text)
{
	char *valid = text ? printable_utf8(text) : NULL;
	struct json_object *value = valid ? json_object_new_string(valid) : NULL;

	free(valid);
	return value;
}

/* Nine digits: a nanosecond in a second, and no more that would only be noise of the binary form.
 * The value is that of its text, so that whoever reads the one here knows no more than whoever
 * reads the other there. */
struct json_object *json_number(double value)
{
	char text[32];

	if (!isfinite(value))
		return NULL;
	snprintf(text, sizeof(text), "%.9g", value);
	return json_object_new_double_s(strtod(text, NULL), text);
}

struct json_object *json_hex(uint64_t value)
{
	char text[2 + 16 + 1];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)value);
	return json_object_new_string(text);
}

struct json_object *json_texts(char *const *texts, size_t count)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++)
		json_object_array_add(array, json_text(texts[i]));
	return array;
}

void json_add_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_text(text));
}

void json_add_number(struct json_object *o, const char *key, double value)
{
	json_object_object_add(o, key, json_number(value));
}

void json_add_count(struct json_object *o, const char *key, uint64_t value)
{
	json_object_object_add(o, key, json_object_new_int64((int64_t)value));
}

void json_add_boolean(struct json_object *o, const char *key, bool value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

const char *json_line_text(struct json_object *o, int flags)
{
	return json_object_to_json_string_ext(
		o, (flags & ~JSON_C_TO_STRING_PRETTY) |
			   (flags & JSON_C_TO_STRING_PRETTY ? JSON_C_TO_STRING_SPACED : 0));
}

static int line_write(struct json_object *o, struct printbuf *to, int level, int flags)
{
	const char *text;

	(void)level;
	json_object_set_serializer(o, NULL, NULL, NULL); /* json-c's own */
	text = json_line_text(o, flags);
	json_object_set_serializer(o, line_write, NULL, NULL);
	return text ? printbuf_memappend(to, text, (int)strlen(text)) : -1;
}

/* Of json-c's table for an object, of 16 places at first, three quarters are empty in a row. It has
 * to be less than two thirds full for the last one to be put in. */
static void object_shrink(struct json_object *o)
{
	int count = json_object_object_length(o);

	lh_table_resize(json_object_get_object(o), count + count / 2 + 1);
}

struct json_object *json_in_one_line(struct json_object *o)
{
	if (json_object_is_type(o, json_type_object))
		object_shrink(o);
	json_object_set_serializer(o, line_write, NULL, NULL);
	return o;
}

/* What could end an element of HTML; JSON has none of these outside of strings. */
static bool is_markup(unsigned int code)
{
	return code == '<' || code == '>' || code == '&';
}

/*
 * json-c escapes the controls below 0x20 alone. Whatever else is hostile to a terminal stands
 * inside a string, where \uXXXX means the same.
 */
static int text_write(const char *text, bool in_markup, FILE *to)
{
	if (!text)
		return -ENOMEM;
	while (*text) {
		unsigned int code = 0;
		size_t length = utf8_character(text, &code);
		bool hostile = length > 0 && code >= 0x7f && utf8_is_hostile(code);

		if (hostile || (in_markup && length > 0 && is_markup(code)))
			fprintf(to, "\\u%04x", code);
		else
			fwrite(text, 1, length > 0 ? length : 1, to);
		text += length > 0 ? length : 1;
	}
	return 0;
}

int json_write(struct json_object *value, FILE *to)
{
	int error = text_write(json_object_to_json_string_ext(value,
				       JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE),
		false, to);

	if (!error)
		fputc('\n', to);
	return error;
}

int json_write_in_markup(struct json_object *value, FILE *to)
{
	return text_write(json_object_to_json_string_ext(
				  value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
		true, to);
}
