/*
 * help: the commands that people need and the options that they use most on one screen; all of them
 * on demand.
 */
#include "help.h"

#include "format.h"
#include "option_row.h"

#include <stdio.h>
#include <string.h>

/* On the first screen. */
static const char *const main_options[] = {"pid", "duration", "format", "output", "record",
	"fail-on", "user", "explain", "quiet", "verbose", "version"};

static bool is_main(const struct option_row *row)
{
	for (size_t i = 0; i < sizeof(main_options) / sizeof(main_options[0]); i++)
		if (strcmp(main_options[i], row->name) == 0)
			return true;
	return false;
}

static void option_print(const struct option_row *row)
{
	printf("  %-22s %s\n", row->usage, row->meaning);
}

static void options_print(bool all)
{
	size_t count;
	const struct option_row *rows = option_rows(&count);

	for (size_t i = 0; i < count; i++)
		if (rows[i].usage && (all || is_main(&rows[i])))
			option_print(&rows[i]);
}

static void options_print_of(enum task task)
{
	size_t count;
	const struct option_row *rows = option_rows(&count);

	for (size_t i = 0; i < count; i++)
		if (rows[i].usage && (rows[i].tasks & 1U << task))
			option_print(&rows[i]);
}

static void formats_print(void)
{
	size_t count;
	const struct format *formats = format_all(&count);

	puts("\nFormats:");
	for (size_t i = 0; i < count; i++)
		printf("  %-22s %s\n", formats[i].name, formats[i].meaning);
}

static void first_screen_print(void)
{
	puts("Measures a running program and advises on its concurrency model: stay, threads,\n"
	     "processes, event loop, or what to mend.\n"
	     "\n"
	     "  sudo concadvise -- COMMAND [ARG...]   run COMMAND, measure it, advise\n"
	     "  sudo concadvise -p PID -d 10          measure a live service for ten seconds\n"
	     "  concadvise report RECORDING           advise again, without root\n");
	options_print(false);
	puts("\n"
	     "What its threads do now, live: sudo concadvise top -p PID\n"
	     "All commands and options: concadvise --help=all, man concadvise");
}

static void all_print(void)
{
	puts("  concadvise [OPTIONS] [--] COMMAND [ARG...]         run, measure, advise\n"
	     "  concadvise [OPTIONS] -p PID[,PID...] [-d SECONDS]  attach to live processes\n"
	     "  concadvise top -p PID[,PID...] [-d SECONDS]        see its threads live\n"
	     "  concadvise report [OPTIONS] RECORDING              advise again, without root\n"
	     "  concadvise report [OPTIONS] REPORT.json            tell it in another form\n"
	     "  concadvise diff [OPTIONS] BASE NEW                 compare two reports\n"
	     "  concadvise rules list | metrics | explain RULE | check FILE...\n");
	options_print(true);
	formats_print();
	puts("\n"
	     "The report goes to standard error if a COMMAND was run, else to standard output.\n"
	     "Exit status: the COMMAND's own; 3 when a gate fired; 2 wrong usage; 125 when\n"
	     "concadvise failed; 126 COMMAND cannot be executed; 127 it was not found.");
}

/* What a subcommand is for, and how it is called. */
struct subcommand {
	const char *name, *purpose, *form;
};

static const struct subcommand subcommands[TASK_COUNT] = {
	[TASK_TOP] = {"top", "Shows what the threads of running processes do, live.",
		"sudo concadvise top -p PID[,PID...] [-d SECONDS]"},
	[TASK_REPORT] = {"report",
		"Advises again from a recording, without root, or tells a JSON report in another\n"
		"form.",
		"concadvise report [OPTIONS] RECORDING | REPORT.json"},
	[TASK_DIFF] = {"diff",
		"Compares two recordings or JSON reports of a program; exits with 3 when NEW is\n"
		"worse than BASE by more than the noise.",
		"concadvise diff [OPTIONS] BASE NEW"},
	[TASK_RULES] = {"rules", "Shows and checks the rules by which programs are judged.",
		"concadvise rules list | metrics | explain RULE | check FILE..."},
};

static void subcommand_print(enum task task)
{
	const struct subcommand *c = &subcommands[task];

	printf("%s\n\n  %s\n\n", c->purpose, c->form);
	options_print_of(task);
	printf("\nMore: man concadvise-%s\n", c->name);
}

void help_print(enum task task, bool all)
{
	if (all)
		all_print();
	else if (subcommands[task].name)
		subcommand_print(task);
	else
		first_screen_print();
}
