/*
 * concadvise: the flow. Options; a measurement, made or replayed; its profile; advice; a report.
 *
 * The one file that knows all stages, and with the options the only one that speaks on standard
 * error. Exit statuses are those of the contract.
 */
#include "advice.h"
#include "embedded.h"
#include "format.h"
#include "options.h"
#include "output.h"
#include "printable.h"
#include "rules_command.h"
#include "ruleset.h"

#include "analyzer/profile.h"
#include "probe/measurement.h"
#include "probe/probe.h"
#include "probe/recording.h"
#include "probe/target.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_FINDING 3
#define EXIT_USAGE 2
#define EXIT_OURS 125 /* as with env and timeout: not the command failed, but we */

static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Paths and reasons may quote a stranger's rule, or the target. */
static void complain(const char *format, ...)
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

/* Says the reason that a stage gave, and frees it. */
static int refuse(const char *what, char *reason, int error)
{
	complain("%s%s", what, reason ? reason : strerror(-error));
	free(reason);
	return EXIT_OURS;
}

static int rules_load(const struct options *o, struct ruleset **ret)
{
	char *reason = NULL;
	int error = ruleset_new(ret, &reason);

	if (!error && o->rules_dir)
		error = ruleset_add_directory(*ret, o->rules_dir, &reason);
	return error ? refuse("", reason, error) : 0;
}

static int outputs_check(const struct options *o)
{
	const char *const paths[] = {o->output, o->record};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int error = paths[i] ? output_check(paths[i]) : 0;

		if (error) {
			complain("cannot write %s: %s", paths[i], strerror(-error));
			return EXIT_OURS;
		}
	}
	return 0;
}

static int recording_keep(const struct options *o, const struct measurement *m)
{
	struct output output;
	int error;

	if (!o->record)
		return 0;
	error = output_open(o->record, stdout, &output);
	if (!error) {
		error = recording_write(m, output.to);
		if (error)
			output_discard(&output);
		else
			error = output_close(&output);
	}
	if (!error)
		return 0;
	complain("cannot keep the measurement in %s: %s", o->record, strerror(-error));
	return EXIT_OURS;
}

/* In memory first: a disk that fills midway then tells its errno, and a stream gets it whole. */
static int report_print(const struct options *o, const struct advice *a, FILE *to)
{
	struct style style = o->style;
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int error;

	if (!memory)
		return -ENOMEM;
	terminal_style(to, o->colour, &style);
	error = o->format->write(a, &style, memory);
	if (fclose(memory) != 0 && !error)
		error = -ENOMEM;
	errno = 0;
	if (!error && (fwrite(text, 1, size, to) != size || fflush(to) != 0))
		error = errno ? -errno : -EIO;
	free(text);
	return error;
}

static int report_write(const struct options *o, const struct advice *a)
{
	/* A command that was run has standard output to itself. */
	FILE *otherwise = o->task == TASK_LAUNCH ? stderr : stdout;
	struct output output;
	int error = output_open(o->output, otherwise, &output);

	if (!error) {
		error = report_print(o, a, output.to);
		if (error)
			output_discard(&output);
		else
			error = output_close(&output);
	}
	if (!error)
		return 0;
	complain("cannot write the report%s%s: %s", o->output ? " to " : "",
		o->output ? o->output : "", strerror(-error));
	return EXIT_OURS;
}

static int findings_judge(const struct options *o, const struct advice *a)
{
	for (size_t i = 0; i < a->findings_count; i++)
		if (o->fails && a->findings[i].severity >= o->fail_on)
			return EXIT_FINDING;
	return 0;
}

/* From a measurement to the report. Returns 0, 3 or 125. */
static int advise(const struct options *o, const struct ruleset *rules, const struct measurement *m)
{
	struct profile *p = profile_new(m, &o->premise);
	struct advice *a = p ? advice_new(p, rules) : NULL;
	int status = EXIT_OURS;

	if (a) {
		status = report_write(o, a);
		if (status == 0)
			status = findings_judge(o, a);
	} else {
		complain("out of memory");
	}
	advice_free(a);
	profile_free(p);
	return status;
}

/* Runs an armed probe until the measuring ends, and frees it. NULL after it said why. */
static struct measurement *measure(const struct options *o, struct probe *probe)
{
	struct measurement *m = NULL;
	int error = probe_run(probe, o->duration_s);

	if (!error)
		error = probe_finish(probe, &m);
	if (error)
		complain("measuring failed: %s", strerror(-error));
	probe_free(probe);
	return m;
}

/* Keeps and judges what was measured, and frees it. Returns 0, 3 or 125. */
static int conclude(const struct options *o, const struct ruleset *rules, struct measurement *m)
{
	int kept = recording_keep(o, m), status = advise(o, rules, m);

	measurement_free(m);
	return kept ? kept : status;
}

static void exit_status_note(struct measurement *m, const struct target *t)
{
	int status;

	if (target_has_ended(t, &status)) {
		m->target.has_exit_status = true;
		m->target.exit_status = status;
	}
}

/* A report that could not be written is told in any case; a finding, if the command went well. */
static int status_join(int command, int ours)
{
	if (ours == EXIT_OURS)
		return ours;
	return command != 0 ? command : ours;
}

/* Lets a held command go; without a probe (NULL), unmeasured. Its status, or ours. */
static int run_released(
	const struct options *o, const struct ruleset *rules, struct target *t, struct probe *probe)
{
	struct measurement *m;
	int error = target_release(t), ours = 0;

	if (error) {
		complain("cannot execute %s: %s", o->command[0], strerror(-error));
		probe_free(probe);
		return target_wait(t);
	}
	m = probe ? measure(o, probe) : NULL;
	if (m) {
		exit_status_note(m, t);
		ours = conclude(o, rules, m);
	}
	return status_join(target_wait(t), ours);
}

static int launch(const struct options *o, const struct ruleset *rules)
{
	struct probe_options probe_options = {o->follow, o->frequency_hz, o->callsites};
	struct target *t = NULL;
	struct probe *probe = NULL;
	char *reason = NULL;
	int error = target_launch(o->command, o->user, &t, &reason), status;

	if (error)
		return refuse("", reason, error);
	/* From here on a closed pipe must not end us before the command; it was forked already. */
	signal(SIGPIPE, SIG_IGN);
	error = probe_open(t, &probe_options, &probe, &reason);
	if (error) {
		refuse("not measured: ", reason, error);
		probe = NULL;
	}
	status = run_released(o, rules, t, probe);
	target_free(t);
	return status;
}

static int attach(const struct options *o, const struct ruleset *rules)
{
	struct probe_options probe_options = {o->follow, o->frequency_hz, o->callsites};
	struct target *t = NULL;
	struct probe *probe = NULL;
	struct measurement *m;
	char *reason = NULL;
	int error = target_attach(o->pids, o->pids_count, &t, &reason), status = EXIT_OURS;

	if (!error)
		error = probe_open(t, &probe_options, &probe, &reason);
	if (error) {
		refuse("", reason, error);
	} else {
		m = measure(o, probe);
		if (m)
			status = conclude(o, rules, m);
	}
	target_free(t);
	return status;
}

static int replay(const struct options *o, const struct ruleset *rules)
{
	struct measurement *m = NULL;
	char *reason = NULL;
	int error = recording_read(o->recording, &m, &reason), status;

	if (error) {
		complain("%s: %s", o->recording, reason ? reason : strerror(-error));
		free(reason);
		return EXIT_OURS;
	}
	status = advise(o, rules, m);
	measurement_free(m);
	return status;
}

static int show_rules(const struct options *o, const struct ruleset *rules)
{
	return rules_command(rules, o->rules_words);
}

static int show_schema(const struct options *o, const struct ruleset *rules)
{
	(void)o;
	(void)rules;
	fputs(embedded_report_schema, stdout);
	return 0;
}

static int run(const struct options *o)
{
	static int (*const tasks[])(const struct options *o, const struct ruleset *rules) = {
		[TASK_LAUNCH] = launch,
		[TASK_ATTACH] = attach,
		[TASK_REPORT] = replay,
		[TASK_RULES] = show_rules,
		[TASK_SCHEMA] = show_schema,
	};
	struct ruleset *rules = NULL;
	int status = outputs_check(o);

	if (status == 0)
		status = rules_load(o, &rules);
	if (status == 0)
		status = tasks[o->task](o, rules);
	ruleset_free(rules);
	return status;
}

/*
 * Standard streams that were closed when we started must not become files of ours: a complaint
 * would be written into one. They are opened the wrong way round, so that using them still fails,
 * and the command finds them closed as it would have without us.
 */
static void streams_guard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
}

int main(int argc, char **argv)
{
	struct options options;
	int result, status;

	streams_guard();
	setlocale(LC_CTYPE, "");
	result = options_parse(argc, argv, &options);
	if (result)
		return result > 0 ? EXIT_SUCCESS : EXIT_USAGE;
	status = run(&options);
	options_free(&options);
	if (fflush(stdout) != 0 && status == 0) {
		complain("cannot write to standard output: %s", strerror(errno));
		status = EXIT_OURS;
	}
	return status;
}
