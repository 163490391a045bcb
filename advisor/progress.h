/*
 * progress: one line on a terminal while measuring goes on: since when, how many threads, what they
 * mostly do now.
 *
 * On attach it is written over itself. A launched command has the same terminal, and where it will
 * write next, and when, is not to be known (for that reason curl leaves its meter away, and
 * hyperfine its bar; apt and cargo take their commands' output into their own hands, which a tool
 * that promises to change nothing cannot). So beside a command the line has a row of its own, with
 * the cursor below it: what comes next begins on a fresh row. It is written over only as long as
 * nothing but it was written, and after that never again.
 */
#ifndef CONCADVISE_PROGRESS_H
#define CONCADVISE_PROGRESS_H

#include "silence.h"

#include "probe/probe.h"

#include <stdbool.h>
#include <stdio.h>

struct progress {
	struct probe_watch watch;
	FILE *to; /* NULL: nothing is to be shown */
	double limit_s;
	double begun_s; /* CLOCK_MONOTONIC; 0: not yet */
	bool shown;     /* a line stands there now */

	bool beside;            /* a command that is on the same terminal */
	struct silence silence; /* of that */
	int run, runs;
	double first_s; /* when the first run began, as begun_s */
};

/*
 * Nothing is shown if `to` is NULL, or no terminal on which a line can be taken back. limit_s:
 * measuring ends after so long; 0: when it is asked to.
 */
void progress_begin(struct progress *p, FILE *to, double limit_s);

/* The same beside a command, which is run so many times. */
void progress_begin_beside(struct progress *p, FILE *to, double limit_s, int runs);

/* What is to be given to the probe, which borrows `p`; NULL: nothing. */
const struct probe_watch *progress_watch(const struct progress *p);

/* A run of the command begins: what we write from now on to `to` by other ways is taken for the
 * command's. */
void progress_run(struct progress *p);

/* Takes the line away, if there is one: for what follows on the same terminal. */
void progress_end(struct progress *p);

void progress_free(struct progress *p);

#endif
