/*
 * fuzz_json: changes JSON so that most of it stays JSON. libFuzzer's own changes break the grammar
 * nearly always, and then only the parser is tried.
 */
#include "fuzz.h"

#include <ctype.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

struct span {
	size_t at, length;
};

static unsigned next(unsigned *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 8;
}

/* A value of no parts at or after a random place: a number, a string, a word. */
static struct span value_find(const uint8_t *data, size_t size, unsigned *state)
{
	struct span s = {.at = next(state) % size};

	while (s.at < size && !isalnum(data[s.at]) && data[s.at] != '"' && data[s.at] != '-')
		s.at++;
	if (s.at < size && data[s.at] == '"') {
		for (s.length = 1; s.at + s.length < size; s.length++)
			if (data[s.at + s.length] == '"' && data[s.at + s.length - 1] != '\\')
				break;
		s.length += s.at + s.length < size;
		return s;
	}
	while (s.at > 0 && isalnum(data[s.at - 1]))
		s.at--;
	while (s.at + s.length < size && strchr("0123456789+-.eEtruefalsn", data[s.at + s.length]))
		s.length++;
	return s;
}

/* Puts `length` bytes in the place of a span. The size as it was, if there is no room. */
static size_t span_replace(
	uint8_t *data, size_t size, size_t max, struct span s, const void *with, size_t length)
{
	if (size - s.length + length > max)
		return size;
	memmove(data + s.at + length, data + s.at + s.length, size - s.at - s.length);
	memcpy(data + s.at, with, length);
	return size - s.length + length;
}

static size_t mutate_to_notable(uint8_t *data, size_t size, size_t max, unsigned *state)
{
	static const char *const notable[] = {"0", "1", "2", "3", "7", "63", "64", "255", "256",
		"65535", "1000000", "2147483647", "2147483648", "4294967295", "1000000000",
		"4611686018427387904", "1152921504606846976", "1152921504606846975",
		"9223372036854775807", "9223372036854775808", "18446744073709551615", "-1", "0.5",
		"1e-300", "1e300", "null", "true", "false", "\"\"", "[]", "{}",
		"\"\\u001b[31m\\u202e\"", "\"%s%n%n\"", "\"</script>\"", "\"\\u009b\\r\\n\""};
	const char *with = notable[next(state) % (sizeof(notable) / sizeof(*notable))];

	return span_replace(data, size, max, value_find(data, size, state), with, strlen(with));
}

static size_t mutate_to_other(uint8_t *data, size_t size, size_t max, unsigned *state)
{
	struct span to = value_find(data, size, state), from = value_find(data, size, state);
	char *copy = malloc(from.length + 1);

	if (!copy)
		return size;
	memcpy(copy, data + from.at, from.length);
	size = span_replace(data, size, max, to, copy, from.length);
	free(copy);
	return size;
}

/* A row more of a list, or one less: from one `{` or `[` after a line's start to the line's end. */
static size_t mutate_rows(uint8_t *data, size_t size, size_t max, unsigned *state)
{
	size_t at = next(state) % size, end = at;
	uint8_t *copy;

	while (at > 0 && data[at - 1] != '\n')
		at--;
	while (end < size && data[end] != '\n')
		end++;
	end += end < size;
	if (next(state) % 2)
		return span_replace(data, size, max, (struct span){at, end - at}, "", 0);
	copy = malloc(end - at + 1);
	if (!copy)
		return size;
	memcpy(copy, data + at, end - at);
	size = span_replace(data, size, max, (struct span){at, 0}, copy, end - at);
	free(copy);
	return size;
}

size_t fuzz_json_mutate(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	static size_t (*const ways[])(uint8_t * data, size_t size, size_t max, unsigned *state) = {
		mutate_to_notable, mutate_to_other, mutate_rows};
	unsigned state = seed, changes = 1 + next(&state) % 4;

	if (size == 0 || next(&state) % 8 == 0)
		return LLVMFuzzerMutate(data, size, max);
	while (changes-- && size > 0) {
		unsigned way = next(&state) % 8;

		size = ways[way < 5 ? 0 : way < 7 ? 1 : 2](data, size, max, &state);
	}
	return size;
}
