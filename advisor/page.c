/*
 * page: text into lines.
 */
#include "page.h"

#include "printable.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static const char *const inks[] = {
	[INK_PLAIN] = "",
	[INK_BOLD] = "\033[1m",
	[INK_DIM] = "\033[2m",
	[INK_GOOD] = "\033[32m",
	[INK_WARNING] = "\033[33m",
	[INK_BAD] = "\033[1;31m",
};

#define INK_OFF "\033[0m"

static void text_free(char **text)
{
	free(*text);
}

/* Columns of a character; 1 for what the locale does not know. */
static int character_width(unsigned int code)
{
	int width = code < 0x7f ? 1 : wcwidth((wchar_t)code);

	return width < 0 ? 1 : width;
}

/* How many bytes of a printable text fit into so many columns, and how many they take. */
static size_t text_fit(const char *text, size_t size, int columns, int *ret_taken)
{
	size_t used = 0;

	*ret_taken = 0;
	while (used < size) {
		unsigned int code;
		size_t length = utf8_character(text + used, &code);
		int width = length > 0 ? character_width(code) : 1;

		if (*ret_taken + width > columns)
			break;
		*ret_taken += width;
		used += length > 0 ? length : 1;
	}
	return used;
}

static int text_width(const char *text, size_t size)
{
	int width;

	text_fit(text, size, INT_MAX, &width);
	return width;
}

/* What is written is printable already. */
static void put(struct page *p, enum ink ink, const char *text, size_t size)
{
	bool coloured = p->style.colour && ink != INK_PLAIN && size > 0;

	fprintf(p->to, "%s%.*s%s", coloured ? inks[ink] : "", (int)size, text,
		coloured ? INK_OFF : "");
	p->column += text_width(text, size);
}

static void blanks(struct page *p, int count)
{
	if (count > 0) {
		fprintf(p->to, "%*s", count, "");
		p->column += count;
	}
}

void page_newline(struct page *p)
{
	fputc('\n', p->to);
	p->column = 0;
}

void page_tab(struct page *p, int column)
{
	blanks(p, p->column < column ? column - p->column : p->column > 0);
}

void page_print(struct page *p, enum ink ink, const char *format, ...)
{
	__attribute__((cleanup(text_free))) char *text = NULL;
	__attribute__((cleanup(text_free))) char *safe = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text = NULL;
		return;
	}
	safe = printable_text(text, p->style.utf8);
	if (safe)
		put(p, ink, safe, strlen(safe));
}

void page_cell(struct page *p, enum ink ink, int width, const char *text)
{
	__attribute__((cleanup(text_free))) char *safe = printable_text(text, p->style.utf8);
	int columns = abs(width), taken;
	size_t size;

	if (!safe)
		return;
	size = strlen(safe);
	taken = text_width(safe, size);
	if (taken > columns) {
		size = text_fit(safe, size, columns - 2, &taken);
		put(p, ink, safe, size);
		put(p, ink, "..", 2);
		blanks(p, columns - 2 - taken);
		return;
	}
	if (width < 0)
		blanks(p, columns - taken);
	put(p, ink, safe, size);
	if (width > 0)
		blanks(p, columns - taken);
}

void page_room(struct page *p, int columns, int indent)
{
	if (p->column + columns <= p->style.width)
		return;
	page_newline(p);
	page_tab(p, indent);
}

void page_tab_right(struct page *p, int columns)
{
	int start = p->style.width - columns;

	if (p->column > 0 && p->column > start)
		page_newline(p);
	blanks(p, start - p->column);
}

void page_right(struct page *p, enum ink ink, const char *text)
{
	__attribute__((cleanup(text_free))) char *safe = printable_text(text, p->style.utf8);
	int width;

	if (!safe)
		return;
	width = text_width(safe, strlen(safe));
	if (p->column > 0 && p->column + 2 + width > p->style.width)
		page_newline(p);
	page_tab_right(p, width);
	put(p, ink, safe, strlen(safe));
}

void page_heading(struct page *p, const char *left, const char *right)
{
	page_newline(p);
	page_print(p, INK_BOLD, "%s", left);
	if (right)
		page_right(p, INK_DIM, right);
	page_newline(p);
}

static void word_put(struct page *p, enum ink ink, int indent, const char *word, size_t size)
{
	__attribute__((cleanup(text_free))) char *copy = strndup(word, size);
	__attribute__((cleanup(text_free))) char *safe = NULL;
	int width;

	if (!copy)
		return;
	safe = printable_text(copy, p->style.utf8);
	if (!safe)
		return;
	width = text_width(safe, strlen(safe));
	if (p->column > indent && p->column + 1 + width > p->style.width)
		page_newline(p);
	if (p->column < indent)
		blanks(p, indent - p->column);
	else if (p->column > indent)
		blanks(p, 1);
	put(p, ink, safe, strlen(safe));
}

/* One line of the text, its own leading blanks added to the indent. */
static void line_put(struct page *p, enum ink ink, int indent, const char *line, size_t size)
{
	const char *end = line + size;
	size_t leading = strspn(line, " ");

	if (leading > size)
		leading = size;
	indent += (int)leading;
	line += leading;
	while (line < end) {
		size_t length = strcspn(line, " \n");

		if (length > (size_t)(end - line))
			length = (size_t)(end - line);
		word_put(p, ink, indent, line, length);
		line += length;
		while (line < end && *line == ' ')
			line++;
	}
}

void page_paragraph(struct page *p, enum ink ink, int indent, const char *text)
{
	for (;;) {
		size_t size = strcspn(text, "\n");

		line_put(p, ink, indent, text, size);
		page_newline(p);
		if (text[size] == '\0')
			return;
		text += size + 1;
	}
}
