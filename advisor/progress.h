/*
 * progress: one line on a terminal while measuring goes on: since when, how many threads, what they
 * mostly do now.
 *
 * It is shown on attach, and not beside a command that has the terminal for itself: what that
 * writes would run into it, and where it will write next is not to be known. (curl leaves its meter
 * away for that reason; apt and cargo take their commands' output into their own hands, which a
 * tool that promises to change nothing cannot.)
 */
#ifndef CONCADVISE_PROGRESS_H
#define CONCADVISE_PROGRESS_H

#include "probe/probe.h"

#include <stdbool.h>
#include <stdio.h>

struct progress {
	struct probe_watch watch;
	FILE *to;
	double limit_s;
	double begun_s; /* CLOCK_MONOTONIC; 0: not yet */
	bool shown;     /* a line stands there now */
};

/*
 * What is to be given to the probe, which borrows `p`; NULL: nothing is to be shown, since `to` is
 * NULL, or no terminal on which a line can be taken back. limit_s: measuring ends after so long; 0:
 * when it is asked to.
 */
const struct probe_watch *progress_begin(struct progress *p, FILE *to, double limit_s);

/* Takes the line away, if there is one: for what follows on the same terminal. NULL is fine. */
void progress_end(struct progress *p);

#endif
