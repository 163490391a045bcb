/*
 * stack_row: from the report's frames, innermost first, to a flame graph's, outermost first.
 */
#include "stack_row.h"

#include "printable.h"
#include "value.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_computing(struct json_object *row)
{
	return strcmp(value_words(row, "kind"), "computing") == 0;
}

const char *stack_row_kind(struct json_object *row)
{
	if (is_computing(row))
		return "computing";
	return value_is_true(row, "idle") ? "idle" : "waiting";
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* "fetch (fetch.py:37)", "fetch"; of what has no name, where it is: "libc.so.6+0x1234". */
static int name_make(struct json_object *o, bool lines, char **ret)
{
	const char *function = value_text(o, "function"), *file = value_text(o, "short_file");
	const char *module = value_text(o, "module"), *offset = value_text(o, "offset");
	int line = value_whole(o, "line");

	if (!function)
		return asprintf(ret, "%s%s%s", module ? file_name(module) : "unknown",
			offset ? "+" : "", offset ? offset : "");
	if (!lines || !file)
		return asprintf(ret, "%s", function);
	if (line == 0)
		return asprintf(ret, "%s (%s)", function, file);
	return asprintf(ret, "%s (%s:%d)", function, file, line);
}

struct walk {
	bool lines;
	int (*visit)(void *context, const struct stack_frame *frame);
	void *context;
};

static int frame_visit(const struct walk *w, struct json_object *o)
{
	struct stack_frame frame = {
		.file = value_text(o, "file"),
		.line = value_whole(o, "line"),
	};
	char *name;
	int error;

	if (name_make(o, w->lines, &name) < 0)
		return -ENOMEM;
	frame.name = printable_text(name, true);
	error = frame.name ? w->visit(w->context, &frame) : -ENOMEM;
	free(frame.name);
	free(name);
	return error;
}

static int word_visit(const struct walk *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A frame that is none. */
static int word_visit(const struct walk *w, const char *format, ...)
{
	char word[80], *safe;
	va_list arguments;
	int error;

	va_start(arguments, format);
	vsnprintf(word, sizeof(word), format, arguments);
	va_end(arguments);
	safe = printable_text(word, true);
	error = safe ? w->visit(w->context, &(struct stack_frame){.name = safe}) : -ENOMEM;
	free(safe);
	return error;
}

static int root_visit(const struct walk *w, struct json_object *row)
{
	const char *syscall = value_text(row, "syscall");
	int error = word_visit(w, "%s", stack_row_kind(row));

	if (error || is_computing(row))
		return error;
	return word_visit(w, "%s%s%s%s", value_words(row, "state"), syscall ? " (" : "",
		syscall ? syscall : "", syscall ? ")" : "");
}

int stack_row_walk(struct json_object *row, bool lines,
	int (*visit)(void *context, const struct stack_frame *frame), void *context)
{
	const struct walk w = {lines, visit, context};
	size_t count = value_count(row, "frames");
	int omitted = value_whole(row, "omitted");
	int error = root_visit(&w, row);

	if (!error && count == 0)
		error = word_visit(&w, "%s",
			value_is_true(row, "rest") ? "others, too small to tell" : "not known");
	for (size_t i = count; i > 0 && !error; i--) {
		if (omitted > 0 && i == count / 2)
			error = word_visit(&w, "%d calls left out", omitted);
		if (!error)
			error = frame_visit(&w, value_element(row, "frames", i - 1));
	}
	return error;
}
