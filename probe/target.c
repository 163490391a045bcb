/*
 * target: starting a command so that it cannot tell it from being started alone, or holding on to
 * processes that run already.
 *
 * The child of a launch waits at a pipe; a second pipe, closed by exec, brings exec's error back.
 * Signals are taken through a signalfd: those that the terminal sent reach the command by
 * themselves, the others are passed on. Ends are seen through pidfds, which no reused pid can
 * deceive.
 */
#include "target.h"

#include "target_account.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS 1000000
#define EXIT_CANNOT_EXECUTE 126
#define EXIT_NOT_FOUND 127

static const int passed_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

struct target {
	bool launched;
	char *const *command;
	bool ended;
	int status; /* of a launched command that ended */
	int *pids;
	int *pidfds; /* -1: that process is gone */
	size_t count;
	int release_fd;    /* the held child waits for a byte from here */
	int exec_error_fd; /* its errno comes from here if exec failed */
	int signal_fd;
	sigset_t old_mask;
	struct sigaction old_chld;
};

static int pidfd_open_of(int pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Ignored from the start (nohup, a shell's background): on attach it stays so, for there is nobody
 * to pass it on to. */
static bool signal_is_ignored(const struct target *t, int number)
{
	struct sigaction action;

	return !t->launched && sigaction(number, NULL, &action) == 0 &&
	       action.sa_handler == SIG_IGN;
}

static int signals_take(struct target *t)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(passed_signals) / sizeof(*passed_signals); i++)
		if (!signal_is_ignored(t, passed_signals[i]))
			sigaddset(&set, passed_signals[i]);
	if (sigprocmask(SIG_BLOCK, &set, &t->old_mask) < 0)
		return -errno;
	t->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return t->signal_fd < 0 ? -errno : 0;
}

static struct target *target_new(size_t count)
{
	struct target *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->release_fd = t->exec_error_fd = t->signal_fd = -1;
	t->pids = calloc(count, sizeof(*t->pids));
	t->pidfds = calloc(count, sizeof(*t->pidfds));
	if (!t->pids || !t->pidfds) {
		target_free(t);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		t->pidfds[i] = -1;
	t->count = count;
	return t;
}

/* In the child: waits to be let go, then executes. Only async-signal-safe calls from here on. */
static _Noreturn void child_run(struct target *t, char *const command[],
	const struct account *account, int release, int error)
{
	char go;
	ssize_t got;
	int failure = 0;

	sigprocmask(SIG_SETMASK, &t->old_mask, NULL);
	sigaction(SIGCHLD, &t->old_chld, NULL);
	do
		got = read(release, &go, 1);
	while (got < 0 && errno == EINTR);
	if (got != 1)
		_exit(0);
	if (account)
		failure = -account_become(account);
	if (!failure) {
		execvp(command[0], command);
		failure = errno;
	}
	while (write(error, &failure, sizeof(failure)) < 0 && errno == EINTR)
		;
	_exit(failure == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE);
}

static int child_start(struct target *t, char *const command[], const struct account *account)
{
	int release[2], error[2];
	int pid;

	if (pipe2(release, O_CLOEXEC) < 0)
		return -errno;
	t->release_fd = release[1];
	if (pipe2(error, O_CLOEXEC) < 0) {
		close(release[0]);
		return -errno;
	}
	t->exec_error_fd = error[0];
	/* Who ignores the ends of children is not told their status. */
	sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, &t->old_chld);
	pid = fork();
	if (pid == 0) {
		close(release[1]);
		close(error[0]);
		child_run(t, command, account, release[0], error[1]);
	}
	close(release[0]);
	close(error[1]);
	if (pid < 0)
		return -errno;
	t->pids[0] = pid;
	t->pidfds[0] = pidfd_open_of(pid);
	return t->pidfds[0] < 0 ? t->pidfds[0] : 0;
}

static int reason_set(char **ret_reason, int error, const char *what)
{
	if (asprintf(ret_reason, "%s: %s", what, strerror(-error)) < 0)
		*ret_reason = NULL;
	return error;
}

int target_launch(char *const command[], const char *user, struct target **ret, char **ret_reason)
{
	struct account *account = NULL;
	struct target *t;
	int error;

	if (user) {
		error = account_find(user, &account, ret_reason);
		if (error < 0)
			return error;
	}
	t = target_new(1);
	if (!t) {
		account_free(account);
		return -ENOMEM;
	}
	t->launched = true;
	t->command = command;
	error = signals_take(t);
	if (error == 0)
		error = child_start(t, command, account);
	account_free(account);
	if (error < 0) {
		target_free(t);
		return reason_set(ret_reason, error, "cannot start a process");
	}
	*ret = t;
	return 0;
}

int target_attach(const int *pids, size_t count, struct target **ret, char **ret_reason)
{
	struct target *t = target_new(count);
	char what[64];
	int error;

	if (!t)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		t->pids[i] = pids[i];
		error = t->pidfds[i] = pidfd_open_of(pids[i]);
		if (error >= 0)
			continue;
		target_free(t);
		/* A number that no process can have, or that of a thread (ENOENT from 6.x on). */
		if (error == -EINVAL || error == -ENOENT)
			error = -ESRCH;
		snprintf(what, sizeof(what), "cannot attach to process %d", pids[i]);
		return reason_set(ret_reason, error, what);
	}
	error = signals_take(t);
	if (error < 0) {
		target_free(t);
		return reason_set(ret_reason, error, "cannot take signals");
	}
	*ret = t;
	return 0;
}

int target_release(struct target *t)
{
	int failure = 0;
	ssize_t got;

	if (!t->launched || t->release_fd < 0)
		return 0;
	/* A child that died meanwhile (killed while held) is noticed by target_wait(). */
	if (write(t->release_fd, "", 1) < 0 && errno != EPIPE)
		return -errno;
	fd_close(&t->release_fd);
	do
		got = read(t->exec_error_fd, &failure, sizeof(failure));
	while (got < 0 && errno == EINTR);
	fd_close(&t->exec_error_fd);
	return got == sizeof(failure) ? -failure : 0;
}

bool target_is_launched(const struct target *t)
{
	return t->launched;
}

char *const *target_command(const struct target *t)
{
	return t->command;
}

const int *target_pids(const struct target *t, size_t *ret_count)
{
	*ret_count = t->count;
	return t->pids;
}

const int *target_pidfds(const struct target *t)
{
	return t->pidfds;
}

static void command_reap(struct target *t, int flags)
{
	int status, got;

	if (!t->launched || t->ended)
		return;
	do
		got = waitpid(t->pids[0], &status, flags);
	while (got < 0 && errno == EINTR);
	if (got != t->pids[0])
		return;
	t->ended = true;
	t->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * The terminal sends to the foreground's processes, and so to the command too: except a hang-up,
 * which it sends to the leader of the session alone.
 */
static bool signal_reached_command(const struct signalfd_siginfo *info)
{
	return info->ssi_code == SI_KERNEL && (info->ssi_signo != SIGHUP || getsid(0) != getpid());
}

/* Returns true if a person asked an attached measurement to stop. */
static bool signals_pass(struct target *t)
{
	struct signalfd_siginfo info;
	bool asked = false;

	while (read(t->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		asked = true;
		if (t->launched && !t->ended && !signal_reached_command(&info))
			kill(t->pids[0], info.ssi_signo);
	}
	return asked && !t->launched;
}

static int remaining_ms(long long deadline_ns)
{
	struct timespec now;
	long long left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = deadline_ns - (now.tv_sec * 1000000000LL + now.tv_nsec);
	if (left <= 0)
		return 0;
	left = (left + NS_PER_MS - 1) / NS_PER_MS;
	return left > INT_MAX ? INT_MAX : (int)left;
}

static bool target_is_gone(struct target *t, const struct pollfd *polled)
{
	bool gone = true;

	for (size_t i = 0; i < t->count; i++) {
		if (polled[i].fd >= 0 && polled[i].revents)
			fd_close(&t->pidfds[i]);
		gone = gone && t->pidfds[i] < 0;
	}
	if (gone)
		command_reap(t, 0);
	return gone;
}

static enum target_event target_event_of(
	struct target *t, const struct pollfd *polled, size_t count, int ready)
{
	bool readable = false;

	if (polled[0].revents && signals_pass(t))
		return TARGET_STOP_ASKED;
	for (size_t i = 0; i < count; i++)
		readable = readable || polled[1 + i].revents;
	if (target_is_gone(t, polled + 1 + count))
		return TARGET_GONE;
	if (readable)
		return TARGET_READABLE;
	return ready == 0 ? TARGET_TIMEOUT : TARGET_READABLE;
}

int target_poll(struct target *t, const int *fds, size_t count, long long deadline_ns,
	enum target_event *ret_event)
{
	size_t total = 1 + count + t->count;
	struct pollfd *polled = calloc(total, sizeof(*polled));
	int ready;

	if (!polled)
		return -ENOMEM;
	polled[0] = (struct pollfd){.fd = t->signal_fd, .events = POLLIN};
	for (size_t i = 0; i < count; i++)
		polled[1 + i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
	for (size_t i = 0; i < t->count; i++)
		polled[1 + count + i] = (struct pollfd){.fd = t->pidfds[i], .events = POLLIN};
	ready = poll(polled, total, remaining_ms(deadline_ns));
	if (ready < 0 && errno != EINTR) {
		free(polled);
		return -errno;
	}
	*ret_event = target_event_of(t, polled, count, ready);
	free(polled);
	return 0;
}

int target_wait(struct target *t)
{
	enum target_event event;

	if (!t->launched)
		return 0;
	while (!t->ended && t->pidfds[0] >= 0)
		if (target_poll(t, NULL, 0, LLONG_MAX, &event) < 0)
			break;
	command_reap(t, 0);
	return t->status;
}

bool target_has_ended(const struct target *t, int *ret_status)
{
	if (t->launched && t->ended)
		*ret_status = t->status;
	return t->launched && t->ended;
}

void target_free(struct target *t)
{
	bool held;

	if (!t)
		return;
	held = t->launched && t->release_fd >= 0;
	fd_close(&t->release_fd);
	fd_close(&t->exec_error_fd);
	if (held)
		command_reap(t, 0);
	if (t->signal_fd >= 0) {
		signals_pass(t); /* one that came since must not end us in the command's place */
		fd_close(&t->signal_fd);
		sigprocmask(SIG_SETMASK, &t->old_mask, NULL);
	}
	for (size_t i = 0; i < t->count; i++)
		fd_close(&t->pidfds[i]);
	free(t->pidfds);
	free(t->pids);
	free(t);
}
