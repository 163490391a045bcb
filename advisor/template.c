/*
 * template: fills the places of a rule's text.
 *
 * One reader takes a text apart into tokens; checking and filling both walk over its tokens, so
 * that what passed the check can be filled.
 */
#include "template.h"

#include "analyzer/metric.h"
#include "printable.h"
#include "quantity.h"
#include "word.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum token_kind { TOKEN_TEXT, TOKEN_PLACE, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_END, TOKEN_BROKEN };

struct token {
	enum token_kind kind;
	const char *text; /* of a place: what is between the braces */
	size_t length;
};

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static struct token fixed_token(const char **at, enum token_kind kind, size_t skip, size_t length)
{
	struct token token = {kind, *at, length};

	*at += skip;
	return token;
}

static struct token place_token(const char **at)
{
	const char *end = strpbrk(*at + 1, "{}");
	struct token token = {TOKEN_PLACE, *at + 1, 0};

	if (!end || *end == '{')
		return fixed_token(at, TOKEN_BROKEN, 0, strlen(*at));
	token.length = (size_t)(end - token.text);
	*at = end + 1;
	return token;
}

static size_t text_length(const char *at)
{
	size_t length = 1;

	while (at[length] && !strchr("{}", at[length]) && !starts(at + length, "[[") &&
		!starts(at + length, "]]"))
		length++;
	return length;
}

static struct token token_next(const char **at)
{
	size_t length;

	if (**at == '\0')
		return fixed_token(at, TOKEN_END, 0, 0);
	if (starts(*at, "{{") || starts(*at, "}}"))
		return fixed_token(at, TOKEN_TEXT, 2, 1);
	if (starts(*at, "[["))
		return fixed_token(at, TOKEN_OPEN, 2, 2);
	if (starts(*at, "]]"))
		return fixed_token(at, TOKEN_CLOSE, 2, 2);
	if (**at == '{')
		return place_token(at);
	if (**at == '}')
		return fixed_token(at, TOKEN_BROKEN, 0, 1);
	length = text_length(*at);
	return fixed_token(at, TOKEN_TEXT, length, length);
}

/* "name|singular|plural" taken apart; what is not there is empty. */
struct place {
	char name[64], singular[64], plural[64];
};

static bool place_part(const char **at, const char *end, char *part, size_t size)
{
	const char *bar = memchr(*at, '|', (size_t)(end - *at));
	size_t length = (size_t)((bar ? bar : end) - *at);

	if (length >= size)
		return false;
	memcpy(part, *at, length);
	part[length] = '\0';
	*at = bar ? bar + 1 : end;
	return true;
}

static bool place_parse(const struct token *token, struct place *ret)
{
	const char *at = token->text, *end = token->text + token->length;

	*ret = (struct place){0};
	return place_part(&at, end, ret->name, sizeof(ret->name)) &&
	       place_part(&at, end, ret->singular, sizeof(ret->singular)) &&
	       place_part(&at, end, ret->plural, sizeof(ret->plural)) && at == end &&
	       (ret->singular[0] == '\0') == (ret->plural[0] == '\0');
}

static int refuse(char **ret_reason, const char *what, const struct token *token)
{
	int length = token->length > 60 ? 60 : (int)token->length;

	if (asprintf(ret_reason, "%s: \"%.*s\"", what, length, token->text) < 0)
		return -ENOMEM;
	return -EINVAL;
}

static int place_check(const struct token *token, char **ret_reason)
{
	struct place place;

	if (!place_parse(token, &place))
		return refuse(ret_reason, "expected {name} or {name|singular|plural}", token);
	if (metric_find(place.name))
		return 0;
	if (!word_find(place.name))
		return refuse(ret_reason, "there is no metric or word of this name", token);
	if (place.singular[0] != '\0')
		return refuse(ret_reason, "a word cannot be counted", token);
	return 0;
}

int template_check(const char *text, char **ret_reason)
{
	bool optional = false;
	struct token token;

	do {
		token = token_next(&text);
		switch (token.kind) {
		case TOKEN_OPEN:
		case TOKEN_CLOSE:
			if (optional == (token.kind == TOKEN_OPEN))
				return refuse(ret_reason, "[[ and ]] do not pair", &token);
			optional = token.kind == TOKEN_OPEN;
			break;
		case TOKEN_PLACE:
			if (place_check(&token, ret_reason))
				return -EINVAL;
			break;
		case TOKEN_BROKEN:
			return refuse(ret_reason, "a single brace (write {{ or }})", &token);
		default:
			break;
		}
	} while (token.kind != TOKEN_END);
	if (optional)
		return refuse(ret_reason, "[[ is not closed", &token);
	return 0;
}

static void metric_write(FILE *to, const struct place *place, double value, const char *unit)
{
	bool one = value >= 1 && value <= 1;

	fputs(quantity_of(value, unit).text, to);
	if (place->singular[0] != '\0')
		fprintf(to, " %s", one ? place->singular : place->plural);
}

/*
 * Words hold names that the target chose: a line break in one must not be taken for one of the
 * rule's own. Beyond ASCII, the page decides what its terminal can show.
 */
static bool word_write(FILE *to, const struct word *word, const struct profile *p)
{
	char *text = word_text(word, p);
	char *safe = text ? printable_text(text, true) : NULL;

	fputs(safe ? safe : "unknown", to);
	free(safe);
	free(text);
	return text != NULL;
}

/* False: what is asked for is not known. */
static bool place_write(FILE *to, const struct token *token, const struct profile *p)
{
	const struct metric *metric;
	struct place place;

	if (!place_parse(token, &place))
		return false;
	metric = metric_find(place.name);
	if (metric) {
		double value = metric->value(p);

		metric_write(to, &place, value, metric->unit);
		return value == value; /* not NAN */
	}
	return word_write(to, word_find(place.name), p);
}

/* Writes up to the closing ]] or the end. False: something was not known. */
static bool part_write(FILE *to, const char **at, const struct profile *p);

static void optional_write(FILE *to, const char **at, const struct profile *p)
{
	char *text = NULL;
	size_t size = 0;
	FILE *part = open_memstream(&text, &size);
	bool known;

	if (!part)
		return;
	known = part_write(part, at, p);
	if (fclose(part) == 0 && known)
		fwrite(text, 1, size, to);
	free(text);
}

static bool part_write(FILE *to, const char **at, const struct profile *p)
{
	bool known = true;

	for (;;) {
		struct token token = token_next(at);

		switch (token.kind) {
		case TOKEN_TEXT:
			fwrite(token.text, 1, token.length, to);
			break;
		case TOKEN_PLACE:
			known &= place_write(to, &token, p);
			break;
		case TOKEN_OPEN:
			optional_write(to, at, p);
			break;
		default:
			return known;
		}
	}
}

char *template_fill(const char *text, const struct profile *p)
{
	char *filled = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&filled, &size);

	if (!to)
		return NULL;
	part_write(to, &text, p);
	if (fclose(to) != 0) {
		free(filled);
		return NULL;
	}
	return filled;
}
