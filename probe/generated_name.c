/*
 * generated_name: one row for each way of writing a name, tried in order.
 *
 *   V8 (Node)     JS:*handler file:///srv/app.mjs:12:5    LazyCompile:~get x /srv/a b.js:3:7
 *   CPython       py::Class.method:/srv/app.py
 *   JVM           int com.foo.Bar.method(int)             Lcom/foo/Bar;::method
 */
#include "generated_name.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void percent_decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		char hex[3] = "";

		if (from[0] == '%' && isxdigit((unsigned char)from[1]) &&
			isxdigit((unsigned char)from[2])) {
			memcpy(hex, from + 1, 2);
			from += 2;
		}
		*to++ = hex[0] ? (char)strtol(hex, NULL, 16) : *from;
	}
	*to = '\0';
}

/* Takes ":NUMBER" off the end of a text. -1: it does not end so. */
static int number_cut(char *text)
{
	char *colon = strrchr(text, ':');

	if (!colon || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return -1;
	*colon = '\0';
	return atoi(colon + 1);
}

/* Names may have spaces ("get size"), and so may paths: a place begins as paths and URLs do. */
static char *place_find(char *text)
{
	static const char *const beginnings[] = {
		" /", " file:", " node:", " http", " evalmachine."};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++) {
		char *found = strstr(text, beginnings[i]);

		if (found)
			return found;
	}
	return strrchr(text, ' ');
}

static bool v8_split(char *text, struct symbol_frame *ret)
{
	/* With source, and without: those are all name. */
	static const char *const classes[] = {"JS:", "LazyCompile:", "Function:", "Script:",
		"Eval:", "Builtin:", "BytecodeHandler:", "RegExp:", "Stub:", "Handler:"};
	size_t sourced = 5, i = 0, count = sizeof(classes) / sizeof(*classes);
	char *name, *place;

	while (i < count && strncmp(text, classes[i], strlen(classes[i])) != 0)
		i++;
	if (i == count)
		return false;
	ret->language = "javascript";
	ret->function = text;
	if (i >= sourced)
		return true;
	/* Which compiler made it: ~ interpreted, ^ + * compiled better and better. */
	name = text + strlen(classes[i]);
	name += strspn(name, "~^+*-'");
	ret->function = name;
	place = place_find(name);
	if (place) {
		*place++ = '\0';
		if (number_cut(place) >= 0) { /* the column */
			ret->line = number_cut(place);
			ret->line = ret->line < 0 ? 0 : ret->line;
		}
		if (strncmp(place, "file://", 7) == 0)
			percent_decode(place += 7);
		ret->file = *place ? place : NULL;
	}
	/* As in Node's own stack traces. */
	if (!*name)
		ret->function = "<anonymous>";
	return true;
}

static bool cpython_split(char *text, struct symbol_frame *ret)
{
	char *colon = strncmp(text, "py::", 4) == 0 ? strchr(text + 4, ':') : NULL;

	if (!colon)
		return false;
	*colon = '\0';
	*ret = (struct symbol_frame){.function = text + 4, .file = colon + 1, .language = "python"};
	return true;
}

/* TYPE CLASS.METHOD(TYPES): as the JVM writes it itself. */
static bool jvm_split(char *text, struct symbol_frame *ret)
{
	char *parameters = strchr(text, '('), *name = strchr(text, ' ');

	if (!parameters || text[strlen(text) - 1] != ')' || !name || name > parameters)
		return false;
	*parameters = '\0';
	if (strchr(++name, ' ') || !strchr(name, '.')) {
		*parameters = '(';
		return false;
	}
	ret->function = name;
	ret->language = "java";
	return true;
}

/* Lcom/foo/Bar;::method, as perf-map-agent writes it. */
static bool jvm_agent_split(char *text, struct symbol_frame *ret)
{
	char *end = text[0] == 'L' ? strstr(text, ";::") : NULL;
	char *method = end ? end + 3 : NULL;

	if (!end)
		return false;
	for (char *c = text; c < end; c++)
		if (*c == '/')
			*c = '.';
	*end++ = '.';
	method[strcspn(method, "(")] = '\0';
	memmove(end, method, strlen(method) + 1);
	ret->function = text + 1;
	ret->language = "java";
	return true;
}

void generated_name_split(char *text, struct symbol_frame *ret)
{
	static bool (*const splits[])(char *text, struct symbol_frame *ret) = {
		v8_split, cpython_split, jvm_split, jvm_agent_split};

	*ret = (struct symbol_frame){0};
	for (size_t i = 0; i < sizeof(splits) / sizeof(*splits); i++)
		if (splits[i](text, ret))
			return;
	ret->function = text;
}
