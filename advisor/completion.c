/*
 * completion: the table of options for programs that complete a command line.
 */
#include "completion.h"

#include "format.h"
#include "option_row.h"
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned int tasks;
} forms[] = {
	{"command", 1U << TASK_LAUNCH | 1U << TASK_ATTACH | 1U << TASK_SCHEMA},
	{"report", 1U << TASK_REPORT},
	{"diff", 1U << TASK_DIFF},
	{"rules", 1U << TASK_RULES},
	{"top", 1U << TASK_TOP},
};

/* What an argument is, by its option or else by what --help calls it. */
static const struct {
	const char *name, *is;
} arguments[] = {
	{"user", "user"},
	{"help", "all"},
	{"FILE", "file"},
	{"DIR", "folder"},
	{"LIST", "process"},
	{"LEVEL", "info,warning,critical"},
	{"WHEN", "auto,always,never"},
	{"MODEL", "sequential,threads,processes,event-loop,hybrid"},
};

static bool is_called(const struct option_row *row, const char *argument)
{
	const char *at = strstr(row->usage, argument);

	return at && strchr(" =", at[-1]);
}

static const char *argument_of(const struct option_row *row)
{
	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++)
		if (strcmp(arguments[i].name, row->name) == 0 || is_called(row, arguments[i].name))
			return arguments[i].is;
	return "any";
}

static void formats_print(void)
{
	size_t count;
	const struct format *formats = format_all(&count);

	for (size_t i = 0; i < count; i++)
		printf("%s%s", i > 0 ? "," : "", formats[i].name);
}

static void argument_print(const struct option_row *row)
{
	if (row->argument == no_argument)
		fputs("none", stdout);
	else if (strcmp(row->name, "format") == 0)
		formats_print();
	else
		printf("%s%s", row->argument == optional_argument ? "?" : "", argument_of(row));
}

static void option_print(const struct option_row *row)
{
	if (row->code <= UCHAR_MAX)
		printf("-%c", row->code);
	else
		putchar('-');
	printf("\t--%s\t", row->name);
	argument_print(row);
	printf("\t%s\n", row->meaning);
}

int completion_print(const char *form)
{
	size_t count;
	const struct option_row *rows = option_rows(&count);

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strcmp(forms[i].name, form) != 0)
			continue;
		for (size_t n = 0; n < count; n++)
			if (rows[n].usage && rows[n].tasks & forms[i].tasks)
				option_print(&rows[n]);
		return 0;
	}
	return -ENOENT;
}
