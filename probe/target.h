/*
 * target: the processes to be measured: a command that is started and held, or processes that run.
 *
 * A launched command is forked at once and held at a pipe until target_release(), so that every
 * probe can be armed before it runs its first instruction. It gets the terminal, streams,
 * environment, signal mask and dispositions that it would have had without us. From target_launch()
 * on, signals that a person sends to the tool are passed on to the command (those of the terminal
 * reach it by themselves).
 */
#ifndef CONCADVISE_TARGET_H
#define CONCADVISE_TARGET_H

#include <stdbool.h>
#include <stddef.h>

struct target;

/*
 * Forks the command and holds it. user: NULL, or whom it shall run as (a name; "" for the one who
 * called sudo). command is borrowed and must outlive the target. Returns 0, or a negative errno and
 * a malloc'ed reason.
 */
int target_launch(char *const command[], const char *user, struct target **ret, char **ret_reason);

/* Takes processes that run. -ESRCH and a reason that names them if any does not exist. */
int target_attach(const int *pids, size_t count, struct target **ret, char **ret_reason);

/*
 * Lets a held command go. Returns 0 once it was executed, or the negative errno of execvp() (then
 * it is gone, and target_wait() returns 126 or 127). Nothing to do on attach.
 */
int target_release(struct target *t);

bool target_is_launched(const struct target *t);

/* The command of a launch, as it was given; NULL on attach. Borrowed. */
char *const *target_command(const struct target *t);

/* The processes asked for; the one of the command for a launch. Borrowed. */
const int *target_pids(const struct target *t, size_t *ret_count);

/* As many descriptors of those processes; -1: that one is gone. */
const int *target_pidfds(const struct target *t);

/*
 * What ended a wait: the target is gone, the deadline passed, a person asked to stop (attach only),
 * or something of `fd` became readable.
 */
enum target_event { TARGET_GONE, TARGET_TIMEOUT, TARGET_STOP_ASKED, TARGET_READABLE };

/* Waits at most until the CLOCK_MONOTONIC instant deadline_ns. fds may be empty. Negative errno on
 * failure. */
int target_poll(struct target *t, const int *fds, size_t count, long long deadline_ns,
	enum target_event *ret_event);

/* Waits for a launched command's end, passing signals on; its exit status, 128 + N for signal N. 0
 * on attach. */
int target_wait(struct target *t);

/* True, with the status as target_wait() gives it, if a launched command has ended already. */
bool target_has_ended(const struct target *t, int *ret_status);

/* A command that was never released is let go unexecuted (it exits); one that runs goes on. NULL is
 * fine. */
void target_free(struct target *t);

#endif
