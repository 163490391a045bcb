/*
 * text_make: vasprintf() that leaves nothing undefined when it fails.
 */
#include "text_make.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

char *text_make(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	return length < 0 ? NULL : text;
}

int text_compare(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}
