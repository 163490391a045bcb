/*
 * complaint: text made safe, then printed whole.
 */
#include "complaint.h"

#include "printable.h"
#include "status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void complain(const char *format, ...)
{
	char *text = NULL, *safe = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (text)
		safe = printable_text(text, true);
	fprintf(stderr, "concadvise: %s\n", safe ? safe : "out of memory");
	free(safe);
	free(text);
}

int complain_of(const char *what, char *reason, int error)
{
	complain("%s%s", what, reason ? reason : strerror(-error));
	free(reason);
	return STATUS_OURS;
}

void suggest(char *hint)
{
	if (hint)
		fprintf(stderr, "%s\n", hint);
	free(hint);
}
