/*
 * concadvise: options and rules, then the command that they ask for. Exit statuses are those of the
 * contract.
 */
#include "command.h"
#include "complaint.h"
#include "embedded.h"
#include "hint.h"
#include "options.h"
#include "output.h"
#include "policy.h"
#include "rules_command.h"
#include "ruleset.h"
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int rules_load(const struct options *o, struct ruleset **ret)
{
	char *reason = NULL;
	int error = ruleset_new(ret, &reason);

	if (!error && o->rules_dir)
		error = ruleset_add_directory(*ret, o->rules_dir, &reason);
	return error ? complain_of("", reason, error) : 0;
}

static int outputs_check(const struct options *o)
{
	const char *const paths[] = {o->output, o->record};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int error = paths[i] ? output_check(paths[i]) : 0;

		if (error) {
			complain("cannot write %s: %s", paths[i], strerror(-error));
			suggest(hint_output(paths[i], error));
			return STATUS_OURS;
		}
	}
	return 0;
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
	return error ? complain_of("", reason, error) : 0;
}

static int run(struct options *o)
{
	static int (*const tasks[])(const struct options *o, const struct ruleset *rules) = {
		[TASK_LAUNCH] = launch_command,
		[TASK_ATTACH] = attach_command,
		[TASK_REPORT] = report_command,
		[TASK_RULES] = show_rules,
		[TASK_SCHEMA] = show_schema,
		[TASK_DIFF] = diff_command,
		[TASK_TOP] = top_command,
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
	return STATUS_OURS;
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
		return STATUS_OURS;
	}
	setlocale(LC_CTYPE, "");
	result = options_parse(argc, argv, &options);
	if (result < 0)
		return STATUS_USAGE;
	if (result > 0)
		return stdout_finish(EXIT_SUCCESS);
	options.sigpipe = sigpipe;
	status = run(&options);
	options_free(&options);
	return stdout_finish(status);
}
