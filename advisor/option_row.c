/*
 * option_row: every option there is, one table row each: its names, its words for --help, the tasks
 * it fits, and what it does.
 */
#include "option_row.h"

#include "completion.h"
#include "format.h"
#include "help.h"
#include "options.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Options without a short form; beyond every character. */
enum {
	OPTION_JSON = UCHAR_MAX + 1,
	OPTION_RECORD,
	OPTION_RULES,
	OPTION_FAIL_ON,
	OPTION_NO_FOLLOW,
	OPTION_NO_CALLSITES,
	OPTION_EXPLAIN,
	OPTION_COLOR,
	OPTION_USER,
	OPTION_SCHEMA,
	OPTION_CPUS,
	OPTION_WORKERS,
	OPTION_OPERATIONS,
	OPTION_EXPECT,
	OPTION_POLICY,
	OPTION_RUNS,
	OPTION_ONCE,
	OPTION_COMPLETE,
	OPTION_BACKEND,
};

/* As many pids as Linux allows at most (PID_MAX_LIMIT). */
#define WORKERS_MOST (1 << 22)

/* Nobody waits for more; each is kept until the last one ends. */
#define RUNS_MOST 1000

/* Bits of the tasks that an option has a meaning for. */
#define LAUNCH (1U << TASK_LAUNCH)
#define ATTACH (1U << TASK_ATTACH)
#define REPORT (1U << TASK_REPORT)
#define RULES (1U << TASK_RULES)
#define SCHEMA (1U << TASK_SCHEMA)
#define DIFF (1U << TASK_DIFF)
#define TOP (1U << TASK_TOP)
#define MEASURE (LAUNCH | ATTACH)
#define ADVISE (MEASURE | REPORT)
#define ANY (ADVISE | RULES | SCHEMA | DIFF | TOP)

static int pid_add(struct options *o, int pid)
{
	int *pids;

	for (size_t i = 0; i < o->pids_count; i++)
		if (o->pids[i] == pid)
			return 0;
	pids = reallocarray(o->pids, o->pids_count + 1, sizeof(*pids));
	if (!pids)
		return options_refuse("out of memory");
	pids[o->pids_count++] = pid;
	o->pids = pids;
	return 0;
}

static int take_pids(struct options *o, const char *list)
{
	const char *at = list;

	do {
		char *end;
		long pid;

		errno = 0;
		pid = strtol(at, &end, 10);
		if (!isdigit((unsigned char)*at) || (*end != ',' && *end != '\0') || errno != 0 ||
			pid < 1 || pid > INT_MAX)
			return options_refuse(
				"-p needs process numbers, as in -p 12,34: \"%s\"", list);
		if (pid_add(o, (int)pid))
			return -EINVAL;
		at = *end == ',' ? end + 1 : end;
	} while (*at != '\0' || at[-1] == ',');
	return 0;
}

static int take_duration(struct options *o, const char *text)
{
	char *end;

	o->duration_s = strtod(text, &end);
	/* Above a hundred years a sum in nanoseconds would overflow. */
	if (end == text || *end != '\0' || !(o->duration_s > 0 && o->duration_s < 3e9))
		return options_refuse("-d needs a number of seconds above 0: \"%s\"", text);
	return 0;
}

static int take_frequency(struct options *o, const char *text)
{
	char *end;
	long hz = strtol(text, &end, 10);

	/* The kernel's own ceiling is 100,000 (perf_event_max_sample_rate) by default. */
	if (end == text || *end != '\0' || hz < 0 || hz > 100000)
		return options_refuse("-F needs samples per second, 0 to 100000: \"%s\"", text);
	o->frequency_hz = (int)hz;
	return 0;
}

static int take_format(struct options *o, const char *name)
{
	const struct format *formats;
	size_t count;

	o->format = format_find(name);
	if (o->format)
		return 0;
	formats = format_all(&count);
	fprintf(stderr, "concadvise: there is no format \"%s\"; there is", name);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "%s %s", i > 0 ? "," : "", formats[i].name);
	fputc('\n', stderr);
	return -EINVAL;
}

static int take_json(struct options *o, const char *unused)
{
	(void)unused;
	return take_format(o, "json");
}

static int take_output(struct options *o, const char *path)
{
	o->output = path;
	return *path ? 0 : options_refuse("-o needs a file name");
}

static int take_record(struct options *o, const char *path)
{
	o->record = path;
	return *path ? 0 : options_refuse("--record needs a file name");
}

static int take_rules(struct options *o, const char *path)
{
	o->rules_dir = path;
	return 0;
}

static int take_fail_on(struct options *o, const char *name)
{
	o->gate.fails = true;
	if (severity_parse(name, &o->gate.fail_on))
		return options_refuse("--fail-on needs info, warning or critical: \"%s\"", name);
	return 0;
}

static int take_expect(struct options *o, const char *name)
{
	for (enum model m = 0; m < MODEL_COUNT; m++) {
		if (strcmp(model_name(m), name) == 0) {
			o->gate.expect = model_name(m);
			return 0;
		}
	}
	return options_refuse(
		"--expect needs sequential, threads, processes, event-loop or hybrid: "
		"\"%s\"",
		name);
}

static int take_policy(struct options *o, const char *path)
{
	o->policy = path;
	return *path ? 0 : options_refuse("--policy needs a file name");
}

static int take_runs(struct options *o, const char *text)
{
	char *end;
	long runs = strtol(text, &end, 10);

	if (end == text || *end != '\0' || runs < 1 || runs > RUNS_MOST)
		return options_refuse("--runs needs a number, 1 to %d: \"%s\"", RUNS_MOST, text);
	o->runs = (int)runs;
	return 0;
}

static int take_no_follow(struct options *o, const char *unused)
{
	(void)unused;
	o->follow = false;
	return 0;
}

static int take_no_callsites(struct options *o, const char *unused)
{
	(void)unused;
	o->callsites = false;
	return 0;
}

static int take_explain(struct options *o, const char *unused)
{
	(void)unused;
	o->style.explain = true;
	return 0;
}

static int take_color(struct options *o, const char *when)
{
	static const char *const names[] = {
		[COLOUR_AUTO] = "auto", [COLOUR_ALWAYS] = "always", [COLOUR_NEVER] = "never"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], when) == 0) {
			o->colour = (enum colour)i;
			return 0;
		}
	}
	return options_refuse("--color needs auto, always or never: \"%s\"", when);
}

static int take_user(struct options *o, const char *name)
{
	o->user = name ? name : "";
	return 0;
}

static int take_cpus(struct options *o, const char *text)
{
	char *end;

	o->premise.cpus = strtod(text, &end);
	/* Linux runs on up to 8192 CPUs (NR_CPUS). */
	if (end == text || *end != '\0' || !(o->premise.cpus >= 0.01 && o->premise.cpus <= 8192))
		return options_refuse("--cpus needs a number of CPUs, 0.01 to 8192: \"%s\"", text);
	return 0;
}

static int take_workers(struct options *o, const char *text)
{
	char *end;
	long workers = strtol(text, &end, 10);

	if (end == text || *end != '\0' || workers < 1 || workers > WORKERS_MOST)
		return options_refuse(
			"--workers needs a number, 1 to %d: \"%s\"", WORKERS_MOST, text);
	o->premise.workers = (int)workers;
	return 0;
}

static int take_operations(struct options *o, const char *text)
{
	const char *number = *text == 'x' ? text + 1 : text;
	char *end;

	o->premise.operations = strtod(number, &end);
	if (end == number || *end != '\0' ||
		!(o->premise.operations >= 0.001 && o->premise.operations <= 1e6))
		return options_refuse(
			"--operations needs how many times as many, as in x10: \"%s\"", text);
	return 0;
}

static int take_once(struct options *o, const char *unused)
{
	(void)unused;
	o->once = true;
	return 0;
}

static int take_backend(struct options *o, const char *name)
{
	for (int c = 0; c < BACKEND_CHOICES; c++)
		if (strcmp(name, backend_choice_name((enum backend_choice)c)) == 0) {
			o->backend = (enum backend_choice)c;
			return 0;
		}
	return options_refuse("--backend needs auto, ebpf or proc: \"%s\"", name);
}

static int take_schema(struct options *o, const char *unused)
{
	(void)unused;
	o->task = TASK_SCHEMA;
	return 0;
}

static int take_quiet(struct options *o, const char *unused)
{
	(void)unused;
	o->style.verbosity = -1;
	return 0;
}

static int take_verbose(struct options *o, const char *unused)
{
	(void)unused;
	o->style.verbosity = 1;
	return 0;
}

static int show_help(struct options *o, const char *what)
{
	if (what && strcmp(what, "all") != 0)
		return options_refuse("there is --help and --help=all: \"%s\"", what);
	help_print(o->task, what != NULL);
	return 1;
}

static int show_completion(struct options *o, const char *form)
{
	(void)o;
	completion_print(form);
	return 1;
}

static int show_version(struct options *o, const char *unused)
{
	(void)o;
	(void)unused;
	puts("concadvise " CONCADVISE_VERSION);
	return 1;
}

static const struct option_row rows[] = {
	{'p', "pid", required_argument, ATTACH | TOP, "-p, --pid LIST",
		"attach to these processes, as in -p 12,34", take_pids},
	{'d', "duration", required_argument, MEASURE | TOP, "-d, --duration SEC",
		"stop measuring after SEC; of top: between two looks", take_duration},
	{'f', "format", required_argument, ADVISE | DIFF, "-f, --format NAME",
		"text (default), html, json and others", take_format},
	{OPTION_JSON, "json", no_argument, ADVISE | DIFF, "    --json", "short for -f json",
		take_json},
	{'o', "output", required_argument, ADVISE | DIFF, "-o, --output FILE",
		"write the report there; - is standard output", take_output},
	{OPTION_RECORD, "record", required_argument, MEASURE, "    --record FILE",
		"also keep the measurement", take_record},
	{OPTION_RULES, "rules", required_argument, ADVISE | RULES | DIFF, "    --rules DIR",
		"load more rules; they replace those of their id", take_rules},
	{OPTION_FAIL_ON, "fail-on", required_argument, ADVISE, "    --fail-on LEVEL",
		"exit 3 on a finding: info, warning, critical", take_fail_on},
	{OPTION_EXPECT, "expect", required_argument, ADVISE, "    --expect MODEL",
		"exit 3 if the verdict is to change to another", take_expect},
	{OPTION_POLICY, "policy", required_argument, ADVISE, "    --policy FILE",
		"exit 3 on what this file calls an error", take_policy},
	{OPTION_RUNS, "runs", required_argument, LAUNCH, "    --runs N",
		"run COMMAND N times; report the median and spread", take_runs},
	{OPTION_NO_FOLLOW, "no-follow", no_argument, MEASURE | TOP, "    --no-follow",
		"do not measure the children", take_no_follow},
	{OPTION_NO_CALLSITES, "no-callsites", no_argument, MEASURE, "    --no-callsites",
		"do not note from which lines it waits and computes", take_no_callsites},
	{'F', "frequency", required_argument, MEASURE, "-F, --frequency HZ",
		"on-CPU samples per second", take_frequency},
	{OPTION_USER, "user", optional_argument, LAUNCH, "    --user[=NAME]",
		"run COMMAND as NAME, or as who called sudo", take_user},
	{OPTION_BACKEND, "backend", required_argument, MEASURE, "    --backend NAME",
		"measure by ebpf, by proc, or by what can be (auto)", take_backend},
	{OPTION_EXPLAIN, "explain", no_argument, ADVISE, "    --explain",
		"print every rule that was considered", take_explain},
	{OPTION_CPUS, "cpus", required_argument, ADVISE, "    --cpus N",
		"predict for a machine with N CPUs", take_cpus},
	{OPTION_WORKERS, "workers", required_argument, ADVISE, "    --workers N",
		"predict for N threads or processes", take_workers},
	{OPTION_OPERATIONS, "operations", required_argument, ADVISE, "    --operations xN",
		"predict for N times as many operations", take_operations},
	{OPTION_COLOR, "color", required_argument, ADVISE | DIFF | TOP, "    --color WHEN",
		"auto, always or never", take_color},
	{'q', "quiet", no_argument, ADVISE | DIFF, "-q, --quiet", "the verdict alone", take_quiet},
	{'v', "verbose", no_argument, ADVISE | DIFF, "-v, --verbose",
		"everything that was measured", take_verbose},
	{OPTION_ONCE, "once", no_argument, TOP, "    --once", "of top: one table, then end",
		take_once},
	{OPTION_SCHEMA, "schema", no_argument, SCHEMA, "    --schema",
		"print the JSON Schema of -f json", take_schema},
	{'h', "help", optional_argument, ANY, "-h, --help[=all]", "print this, or all there is",
		show_help},
	{'V', "version", no_argument, ANY, "-V, --version", "print the version", show_version},
	{OPTION_COMPLETE, "complete", required_argument, ANY, NULL, NULL, show_completion},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static_assert(ROWS <= OPTIONS_MOST, "their users have no room for so many");

const struct option_row *option_rows(size_t *ret_count)
{
	*ret_count = ROWS;
	return rows;
}
