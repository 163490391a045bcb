/*
 * options: the command line by getopt_long. Options end at the COMMAND, so that its own stay its
 * own.
 */
#include "options.h"

#include "format.h"
#include "option_row.h"
#include "probe/probe.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int options_refuse(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("concadvise: ", stderr);
	vfprintf(stderr, format, arguments);
	fputs("\nTry 'concadvise --help'.\n", stderr);
	va_end(arguments);
	return -EINVAL;
}

/* getopt's own tables from ours: a short form has a ':' for each kind of argument. */
struct getopt_tables {
	char shorts[2 + 3 * OPTIONS_MOST + 1];
	struct option longs[OPTIONS_MOST + 1];
};

static void tables_fill(struct getopt_tables *tables, const char *mode)
{
	size_t count;
	const struct option_row *rows = option_rows(&count);
	char *to = stpcpy(tables->shorts, mode);

	for (size_t i = 0; i < count; i++) {
		tables->longs[i] =
			(struct option){rows[i].name, rows[i].argument, NULL, rows[i].code};
		if (rows[i].code > UCHAR_MAX)
			continue;
		*to++ = (char)rows[i].code;
		if (rows[i].argument == required_argument)
			*to++ = ':';
	}
	*to = '\0';
	tables->longs[count] = (struct option){0};
}

/* Its index; -1: there is none. */
static int row_find(int code)
{
	size_t count;
	const struct option_row *rows = option_rows(&count);

	for (size_t i = 0; i < count; i++)
		if (rows[i].code == code)
			return (int)i;
	return -1;
}

/* Takes options up to the first word that is none. Bits of `used` tell which rows occurred. */
static int take_options(int argc, char **argv, const char *mode, struct options *o, uint64_t *used)
{
	size_t count;
	const struct option_row *rows = option_rows(&count);
	struct getopt_tables tables;
	int code;

	tables_fill(&tables, mode);
	while ((code = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
		int row = row_find(code), result;

		if (row < 0) {
			fputs("Try 'concadvise --help'.\n", stderr);
			return -EINVAL;
		}
		result = rows[row].take(o, optarg);
		if (result)
			return result;
		*used |= UINT64_C(1) << row;
	}
	return 0;
}

static int check_fit(const struct options *o, uint64_t used)
{
	static const char *const tasks[] = {
		[TASK_LAUNCH] = "with a COMMAND",
		[TASK_ATTACH] = "with -p",
		[TASK_REPORT] = "with report",
		[TASK_RULES] = "with rules",
		[TASK_SCHEMA] = "with --schema",
		[TASK_DIFF] = "with diff",
		[TASK_TOP] = "with top",
	};
	size_t count;
	const struct option_row *rows = option_rows(&count);

	for (size_t i = 0; i < count; i++)
		if ((used >> i & 1) && !(rows[i].tasks & 1U << o->task))
			return options_refuse(
				"--%s has no meaning %s", rows[i].name, tasks[o->task]);
	return 0;
}

static int take_report(int argc, char **argv, struct options *o)
{
	if (argc - optind != 1)
		return options_refuse(
			argc > optind ? "report takes one RECORDING" : "report needs a RECORDING");
	o->recording = argv[optind];
	return 0;
}

static int take_diff(int argc, char **argv, struct options *o)
{
	if (argc - optind != 2)
		return options_refuse("diff needs two recordings or reports, BASE and NEW");
	if (strcmp(o->format->name, "text") != 0 && strcmp(o->format->name, "json") != 0)
		return options_refuse("diff prints text or json, not %s", o->format->name);
	o->compared = argv + optind;
	return 0;
}

static int take_rules_words(int argc, char **argv, struct options *o)
{
	o->rules_words = argv + optind;
	return argc > optind ? 0 : options_refuse("rules needs list, metrics, explain or check");
}

static int take_top(int argc, char **argv, struct options *o)
{
	if (optind < argc)
		return options_refuse(
			"top looks at processes, as in top -p 12: \"%s\"", argv[optind]);
	return o->pids_count > 0 ? 0 : options_refuse("top needs a process, as in top -p 12");
}

/*
 * Subcommands take options before and after their own words, as most commands do: getopt
 * starts anew (optind 0) behind the first of them, and sorts.
 */
static int take_subcommand(int argc, char **argv, struct options *o, uint64_t *used)
{
	static const struct {
		const char *name;
		enum task task;
		int (*take)(int argc, char **argv, struct options *o);
	} subcommands[] = {{"report", TASK_REPORT, take_report}, {"diff", TASK_DIFF, take_diff},
		{"rules", TASK_RULES, take_rules_words}, {"top", TASK_TOP, take_top}};
	const char *name = argv[optind];

	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
		int result;

		if (strcmp(subcommands[i].name, name) != 0)
			continue;
		o->task = subcommands[i].task; /* --help is of it */
		argc -= optind;
		argv += optind;
		argv[0] = (char *)"concadvise";
		optind = 0;
		result = take_options(argc, argv, "", o, used);
		o->task = subcommands[i].task; /* whatever else was asked for does not fit */
		return result ? result : subcommands[i].take(argc, argv, o);
	}
	return -ENOENT;
}

static int take_task(int argc, char **argv, struct options *o, uint64_t *used)
{
	bool ended = optind > 1 && strcmp(argv[optind - 1], "--") == 0;
	const char *word = optind < argc ? argv[optind] : NULL;
	int result;

	if (o->task == TASK_SCHEMA)
		return word ? options_refuse("--schema stands alone") : 0;
	if (o->pids_count > 0 && word)
		return options_refuse("give either -p or a COMMAND, not both");
	if (o->pids_count > 0) {
		o->task = TASK_ATTACH;
		return 0;
	}
	if (!word)
		return options_refuse("give a COMMAND, or -p PID");
	result = ended ? -ENOENT : take_subcommand(argc, argv, o, used);
	if (result != -ENOENT)
		return result;
	if (*word == '\0')
		return options_refuse("the COMMAND is empty");
	o->task = TASK_LAUNCH;
	o->command = argv + optind;
	return 0;
}

int options_parse(int argc, char **argv, struct options *ret)
{
	uint64_t used = 0;
	int result;

	*ret = (struct options){
		.format = format_find("text"),
		.follow = true,
		.callsites = true,
		.frequency_hz = PROBE_FREQUENCY_FIT,
		.runs = 1,
		.premise = {.cpus = NAN, .operations = 1},
	};
	ret->typed = calloc((size_t)argc + 2, sizeof(*ret->typed));
	if (!ret->typed)
		return options_refuse("out of memory");
	memcpy(ret->typed, argv, (size_t)argc * sizeof(*argv));
	/* getopt_long names the program by argv[0] in its own messages. */
	argv[0] = (char *)"concadvise";
	result = take_options(argc, argv, "+", ret, &used);
	if (!result)
		result = take_task(argc, argv, ret, &used);
	if (!result)
		result = check_fit(ret, used);
	if (result)
		options_free(ret);
	return result;
}

void options_free(struct options *o)
{
	free(o->pids);
	free(o->typed);
	o->pids = NULL;
	o->typed = NULL;
}
