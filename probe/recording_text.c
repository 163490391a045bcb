/*
 * recording_text: strings, words and command lines of a recording.
 *
 * JSON is UTF-8, names of threads and files are any bytes: what is not UTF-8 is written as U+FFFD.
 */
#include "recording_codec.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The bytes of the well-formed character (RFC 3629, table 3-7 of Unicode) here; 0: malformed. */
static size_t utf8_length(const unsigned char *s)
{
	static const struct {
		unsigned char first, last, second_min, second_max;
		size_t length;
	} forms[] = {
		{0x01, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},                              /* no overlong form */
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, /* no surrogate */
		{0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4}, /* no overlong form */
		{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}, /* not above U+10FFFF */
	};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (s[0] < forms[i].first || s[0] > forms[i].last)
			continue;
		if (s[1] < forms[i].second_min || s[1] > forms[i].second_max)
			return 0;
		/* The closing NUL continues nothing, so this never reads beyond it. */
		for (size_t k = 2; k < forms[i].length; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

static int text_json(const char *text, struct json_object **ret)
{
	static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
	char *valid = malloc(strlen(text) * strlen(replacement) + 1);
	size_t size = 0;

	if (!valid)
		return -ENOMEM;
	while (*text) {
		size_t length = utf8_length((const unsigned char *)text);
		size_t written = length ? length : strlen(replacement);

		memcpy(valid + size, length ? text : replacement, written);
		size += written;
		text += length ? length : 1;
	}

	int r = size > INT_MAX ? -E2BIG
			       : json_made(json_object_new_string_len(valid, (int)size), ret);

	free(valid);
	return r;
}

static int text_copy(const struct place *at, struct json_object *value, char **ret)
{
	if (!json_object_is_type(value, json_type_string))
		return place_refuse(at, "not a string");

	const char *text = json_object_get_string(value);

	if (strlen(text) != (size_t)json_object_get_string_len(value))
		return place_refuse(at, "a string with a NUL in it");
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

static int text_write(const struct field *f, const void *base, struct json_object **ret)
{
	const char *text = *MEMBER_OF(base, f->offset, char *);

	*ret = NULL;
	return text ? text_json(text, ret) : 0;
}

static int text_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	return text_copy(at, value, MEMBER_TO(base, f->offset, char *));
}

static int text_known_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	return value ? text_read(at, f, value, base) : 0;
}

static int word_write(const struct field *f, const void *base, struct json_object **ret)
{
	const char *word = f->word(*MEMBER_OF(base, f->offset, unsigned));

	return word ? text_json(word, ret) : -EINVAL;
}

static int word_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	const char *word;

	if (!json_object_is_type(value, json_type_string))
		return place_refuse(at, "not a string");
	for (unsigned i = 0; (word = f->word(i)); i++)
		if (strcmp(word, json_object_get_string(value)) == 0) {
			*MEMBER_TO(base, f->offset, unsigned) = i;
			return 0;
		}
	return place_refuse(at, "not one of the words that may stand here");
}

static int command_write(const struct field *f, const void *base, struct json_object **ret)
{
	char *const *words = *MEMBER_OF(base, f->offset, char **);

	*ret = NULL;
	if (!words)
		return 0;

	struct json_object *array = json_object_new_array();
	int r = array ? 0 : -ENOMEM;

	for (; r == 0 && *words; words++) {
		struct json_object *word;

		r = text_json(*words, &word);
		if (r == 0)
			r = json_array_append(array, word);
	}
	return json_array_finish(array, r, ret);
}

static int command_read(
	const struct place *at, const struct field *f, struct json_object *value, void *base)
{
	if (!value)
		return 0;
	if (!json_object_is_type(value, json_type_array))
		return place_refuse(at, "neither an array nor null");

	size_t count = json_object_array_length(value);
	char **words = calloc(count + 1, sizeof *words);

	if (!words)
		return -ENOMEM;
	*MEMBER_TO(base, f->offset, char **) = words;
	for (size_t i = 0; i < count; i++) {
		struct place word = {.reader = at->reader, .above = at, .index = i};
		int r = text_copy(&word, json_object_array_get_idx(value, i), &words[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

const struct codec codec_text = {.write = text_write, .read = text_read};
const struct codec codec_text_known = {.write = text_write, .read = text_known_read};
const struct codec codec_word = {.write = word_write, .read = word_read};
const struct codec codec_command = {.write = command_write, .read = command_read};
