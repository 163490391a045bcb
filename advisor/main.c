/*
 * concadvise: the flow. Options; a measurement, made or replayed; its profile; advice; a report.
 *
 * The one file that knows all stages, and with the options the only one that speaks on standard
 * error. Exit statuses are those of the contract.
 */
#include "delivery.h"
#include "diff_command.h"
#include "embedded.h"
#include "format.h"
#include "gate.h"
#include "hint.h"
#include "notice.h"
#include "options.h"
#include "output.h"
#include "policy.h"
#include "printable.h"
#include "progress.h"
#include "report_object.h"
#include "report_read.h"
#include "rules_command.h"
#include "ruleset.h"
#include "series.h"
#include "spread.h"
#include "top.h"
#include "value.h"

#include "analyzer/profile.h"
#include "probe/backend.h"
#include "probe/measurement.h"
#include "probe/probe.h"
#include "probe/recording.h"
#include "probe/target.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <locale.h>
#include <math.h>
#include <poll.h>
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

/* Says what to do next, if there is anything to say, and frees it. */
static void suggest(char *hint)
{
	if (hint)
		fprintf(stderr, "%s\n", hint);
	free(hint);
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
			suggest(hint_output(paths[i], error));
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

static int report_write(const struct options *o, telling tell, const void *what)
{
	int error = delivery_write(o, tell, what);

	if (!error)
		return 0;
	complain("cannot write the report%s%s: %s", o->output ? " to " : "",
		o->output ? o->output : "", strerror(-error));
	return EXIT_OURS;
}

static int tell_report(const void *what, const struct options *o, const struct style *s, FILE *to)
{
	return o->format->write(*(struct json_object *const *)what, s, to);
}

/* Says line by line what the gates found. Returns 0 or 3. */
static int gates_judge(const struct options *o, struct json_object *report)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	bool fails = to && gate_judge(&o->gate, report, to);

	if (!to || fclose(to) != 0) {
		complain("out of memory");
		return EXIT_OURS;
	}
	for (char *line = text, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		complain("%.*s", (int)(end - line), line);
	}
	free(text);
	return fails ? EXIT_FINDING : 0;
}

/* Writes the report, and frees it; fails by the gates. Returns 0, 3 or 125. */
static int tell(const struct options *o, struct json_object *report)
{
	int status = report_write(o, tell_report, &report);

	if (status == 0)
		status = gates_judge(o, report);
	json_object_put(report);
	return status;
}

/* From a measurement, the median one of several if `runs` tells of them, to the report. Returns 0,
 * 3 or 125. */
static int advise(const struct options *o, const struct ruleset *rules, const struct measurement *m,
	struct json_object *runs)
{
	struct json_object *report = report_make(m, rules, &o->premise, runs, o->style.explain);

	return report ? tell(o, report) : refuse("", NULL, -ENOMEM);
}

/* Measures until that ends, and frees the backend. NULL after it said why. */
static struct measurement *measure(
	const struct options *o, struct backend *backend, struct progress *progress)
{
	struct measurement *m = NULL;
	int error = backend_run(backend, o->duration_s);

	progress_end(progress);
	if (!error)
		error = backend_finish(backend, &m);
	if (error)
		complain("measuring failed: %s", strerror(-error));
	backend_free(backend);
	return m;
}

/* Opens what can measure, and says so once if that is not the best, and what to do about it. */
static int measuring_open(const struct options *o, struct target *t, enum backend_choice choice,
	const struct probe_options *probe_options, struct backend **ret, char **ret_reason)
{
	int error = backend_open(t, choice, probe_options, ret, ret_reason);
	const struct backend_notice *notice = error ? NULL : backend_notice(*ret);

	if (notice && notice->error) {
		notice_print(notice, stderr);
		suggest(hint_measure(o, notice->error));
	}
	return error;
}

/* Keeps and judges what was measured. Returns 0, 3 or 125. */
static int conclude(const struct options *o, const struct ruleset *rules,
	const struct measurement *m, struct json_object *runs)
{
	int kept = recording_keep(o, m), status = advise(o, rules, m, runs);

	return kept ? kept : status;
}

/* Takes a run of several, or of one concludes at once. Frees the measurement, or keeps it. */
static int run_take(const struct options *o, const struct ruleset *rules, struct series *series,
	struct measurement *m)
{
	int status;

	if (series) {
		if (series_add(series, m, &o->premise, rules) == 0)
			return 0;
		complain("out of memory");
		return EXIT_OURS;
	}
	status = conclude(o, rules, m, NULL);
	measurement_free(m);
	return status;
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

/* Lets a held command go; without a backend (NULL), unmeasured. Its status, or ours. */
static int run_released(const struct options *o, const struct ruleset *rules, struct target *t,
	struct backend *backend, struct series *series, struct progress *progress)
{
	struct measurement *m;
	int error, ours = 0;

	progress_run(progress);
	error = target_release(t);
	if (error) {
		complain("cannot execute %s: %s", o->command[0], strerror(-error));
		suggest(hint_execute(o, error));
		backend_free(backend);
		return target_wait(t);
	}
	m = backend ? measure(o, backend, progress) : NULL;
	if (m) {
		exit_status_note(m, t);
		ours = run_take(o, rules, series, m);
	}
	return status_join(target_wait(t), ours);
}

/* One run; of several (series not NULL) it is judged when all are over. */
static int launch_once(const struct options *o, const struct ruleset *rules, struct series *series,
	struct progress *progress)
{
	struct probe_options probe_options = {.follow = o->follow,
		.frequency_hz = o->frequency_hz,
		.callsites = o->callsites,
		.watch = progress_watch(progress)};
	struct target *t = NULL;
	struct backend *backend = NULL;
	char *reason = NULL;
	int error, status;

	/* The command gets what we were given; we go on when a pipe was closed. */
	signal(SIGPIPE, o->sigpipe);
	error = target_launch(o->command, o->user, &t, &reason);
	signal(SIGPIPE, SIG_IGN);
	if (error)
		return refuse("", reason, error);
	error = measuring_open(o, t, o->backend, &probe_options, &backend, &reason);
	if (error) {
		refuse("not measured: ", reason, error);
		suggest(hint_measure(o, error));
		backend = NULL;
	}
	status = run_released(o, rules, t, backend, series, progress);
	target_free(t);
	return status;
}

/* Runs that would tell nothing, or that nobody wants any more, are not made. */
static bool is_over(const struct series *s, int made, int status)
{
	return s->count < (size_t)made || status > EXIT_OURS;
}

/* The first status of the command that is not 0, or ours. */
static int launch_several(
	const struct options *o, const struct ruleset *rules, struct progress *progress)
{
	struct series series = {0};
	struct json_object *runs;
	int command = 0, status = 0;

	for (int made = 0; made < o->runs && !is_over(&series, made, status); made++) {
		status = launch_once(o, rules, &series, progress);
		command = command ? command : status;
	}
	status = 0;
	if (series.count > 0) {
		runs = spread_json(series.rows);
		status = conclude(o, rules, series_median(&series), runs);
		json_object_put(runs);
	}
	series_free(&series);
	return status_join(command, status);
}

/* NULL: who wants little to be said wants no progress. */
static FILE *progress_stream(const struct options *o)
{
	return o->style.verbosity < 0 ? NULL : stderr;
}

static int launch(const struct options *o, const struct ruleset *rules)
{
	struct progress progress;
	int status;

	progress_begin_beside(&progress, progress_stream(o), o->duration_s, o->runs);
	status = o->runs > 1 ? launch_several(o, rules, &progress)
			     : launch_once(o, rules, NULL, &progress);
	progress_free(&progress);
	return status;
}

/* Opens both, or says why not and what to do. The caller frees them in either case. */
static int attach_open(const struct options *o, enum backend_choice choice,
	const struct probe_options *probe_options, struct target **ret_target,
	struct backend **ret_backend)
{
	char *reason = NULL;
	int error = target_attach(o->pids, o->pids_count, ret_target, &reason);
	char *hint = error ? hint_attach(o, error) : NULL;

	if (!error) {
		error = measuring_open(o, *ret_target, choice, probe_options, ret_backend, &reason);
		hint = error ? hint_measure(o, error) : NULL;
	}
	if (error) {
		refuse("", reason, error);
		suggest(hint);
	}
	return error;
}

static int attach(const struct options *o, const struct ruleset *rules)
{
	struct progress progress;
	struct probe_options probe_options = {
		.follow = o->follow, .frequency_hz = o->frequency_hz, .callsites = o->callsites};
	struct target *t = NULL;
	struct backend *backend = NULL;
	struct measurement *m = NULL;
	int status = EXIT_OURS;

	progress_begin(&progress, progress_stream(o), o->duration_s);
	probe_options.watch = progress_watch(&progress);
	if (attach_open(o, o->backend, &probe_options, &t, &backend) == 0)
		m = measure(o, backend, &progress);
	if (m)
		status = run_take(o, rules, NULL, m);
	target_free(t);
	return status;
}

/* Looks on until the target ends or a person wants no more. */
static int look_on(const struct options *o, const struct ruleset *rules)
{
	struct top *top = top_new(o->duration_s > 0 ? o->duration_s : 1, o->once, o->colour);
	struct probe_options probe_options = {.follow = o->follow};
	struct target *t = NULL;
	struct backend *backend = NULL;
	int error, shown;

	(void)rules;
	if (!top)
		return refuse("", NULL, -ENOMEM);
	probe_options.watch = top_watch(top);
	/* Who looks into /proc has no threads to show while it measures. */
	if (attach_open(o, BACKEND_EBPF, &probe_options, &t, &backend)) {
		top_free(top);
		target_free(t);
		return EXIT_OURS;
	}
	error = backend_run(backend, 0);
	backend_free(backend);
	shown = top_free(top); /* the target holds signals back until the terminal is right */
	if (shown)
		error = shown;
	target_free(t);
	return error ? refuse("cannot show the threads: ", NULL, error) : 0;
}

/* What is asked for that a report which was kept cannot tell any more; NULL: nothing. */
static const char *recording_needed(const struct options *o, struct json_object *report)
{
	if (!isnan(o->premise.cpus))
		return "--cpus";
	if (o->premise.workers > 0)
		return "--workers";
	if (o->premise.operations != 1)
		return "--operations";
	if (o->rules_dir)
		return "--rules";
	return o->style.explain && value_count(report, "considered") == 0 ? "--explain" : NULL;
}

static int replay(const struct options *o, const struct ruleset *rules)
{
	struct json_object *report;
	const char *needed;
	char *reason = NULL;
	bool kept;
	int error = report_read(
		o->recording, rules, &o->premise, o->style.explain, &report, &kept, &reason);

	if (error) {
		refuse("", reason, error);
		suggest(hint_recording(error));
		return EXIT_OURS;
	}
	needed = kept ? recording_needed(o, report) : NULL;
	if (!needed)
		return tell(o, report);
	complain("%s is a report: %s needs the recording that it was made from", o->recording,
		needed);
	json_object_put(report);
	return EXIT_USAGE;
}

/* Returns 0; 3: NEW is worse; 2: they cannot be compared; 125. */
static int compare(const struct options *o, const struct ruleset *rules)
{
	static const int statuses[] = {[DIFF_NO_WORSE] = 0,
		[DIFF_WORSE] = EXIT_FINDING,
		[DIFF_REFUSED] = EXIT_USAGE,
		[DIFF_FAILED] = EXIT_OURS};
	char *reason = NULL;
	enum diff_result result = diff_command(o, rules, &reason);

	if (result == DIFF_REFUSED || result == DIFF_FAILED)
		refuse("", reason, -ENOMEM);
	return statuses[result];
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

/* Before a command is run for it in vain. */
static int policy_load(struct options *o, const struct ruleset *rules, struct policy **ret)
{
	char *reason = NULL;
	int error = o->policy ? policy_read(o->policy, rules, ret, &reason) : 0;

	o->gate.policy = *ret;
	return error ? refuse("", reason, error) : 0;
}

static int run(struct options *o)
{
	static int (*const tasks[])(const struct options *o, const struct ruleset *rules) = {
		[TASK_LAUNCH] = launch,
		[TASK_ATTACH] = attach,
		[TASK_REPORT] = replay,
		[TASK_RULES] = show_rules,
		[TASK_SCHEMA] = show_schema,
		[TASK_DIFF] = compare,
		[TASK_TOP] = look_on,
	};
	struct ruleset *rules = NULL;
	struct policy *policy = NULL;
	int status = outputs_check(o);

	if (status == 0)
		status = rules_load(o, &rules);
	if (status == 0)
		status = policy_load(o, rules, &policy);
	if (status == 0)
		status = tasks[o->task](o, rules);
	policy_free(policy);
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

/* Whoever read it has closed the pipe or socket: what is left of it is nobody's loss. */
static bool stdout_is_left(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

	return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

/* What was written is written out only now. Of a write that failed earlier, the flag alone tells.
 */
static int stdout_finish(int status)
{
	bool failed = fflush(stdout) != 0;

	if ((!failed && !ferror(stdout)) || stdout_is_left() || status != 0)
		return status;
	complain("cannot write to standard output%s%s", failed ? ": " : "",
		failed ? strerror(errno) : "");
	return EXIT_OURS;
}

/* As another user it would read and write files for whoever runs it; capabilities are for that. */
static bool is_set_id(void)
{
	return geteuid() != getuid() || getegid() != getgid();
}

int main(int argc, char **argv)
{
	void (*sigpipe)(int) = signal(SIGPIPE, SIG_IGN);
	struct options options;
	int result, status;

	streams_guard();
	if (is_set_id()) {
		complain("it must not run setuid or setgid: chmod ug-s it, and see setcap in its "
			 "manual");
		return EXIT_OURS;
	}
	setlocale(LC_CTYPE, "");
	result = options_parse(argc, argv, &options);
	if (result < 0)
		return EXIT_USAGE;
	if (result > 0)
		return stdout_finish(EXIT_SUCCESS);
	options.sigpipe = sigpipe;
	status = run(&options);
	options_free(&options);
	return stdout_finish(status);
}
