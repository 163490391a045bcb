/*
 * progress: one line that is written over itself.
 */
#include "progress.h"

#include "pursuit.h"
#include "terminal.h"

#include "analyzer/profile.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EVERY_S 1
#define LINE_BACK "\r\033[K" /* to its start, and erase it */

static double clock_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A job in the background would write into what is in front. */
static bool is_in_front(FILE *to)
{
	return tcgetpgrp(fileno(to)) == getpgrp();
}

/* At once, so that nothing comes in between; without the last column, which can start a new line.
 */
static void line_write(struct progress *p, const char *line)
{
	char text[320];
	int columns = terminal_columns(p->to) - 1;

	snprintf(text, sizeof(text), LINE_BACK "%.*s", columns > 0 ? columns : 0, line);
	fputs(text, p->to);
	fflush(p->to);
	p->shown = true;
}

/* The most important first: a narrow terminal cuts the end. */
static void words_put(
	const struct progress *p, const struct profile *profile, char *line, size_t size)
{
	size_t threads = profile->threads_count;
	char limit[40] = "", now[120];

	if (p->limit_s > 0)
		snprintf(limit, sizeof(limit), " of %.4g", p->limit_s);
	pursuit_words(profile, now, sizeof(now));
	snprintf(line, size, "%.0f%s s, %zu thread%s, %s%s", clock_s() - p->begun_s, limit, threads,
		threads == 1 ? "" : "s", now, p->limit_s > 0 ? "" : "; Ctrl-C ends it");
}

static void look(void *context, const struct measurement *interval)
{
	struct progress *p = context;
	struct profile *profile = profile_glance(interval);
	char line[256];

	if (profile && is_in_front(p->to)) {
		words_put(p, profile, line, sizeof(line));
		line_write(p, line);
	}
	profile_free(profile);
}

/* The window has opened; loading the probe took a while before. */
static bool attend(void *context)
{
	struct progress *p = context;

	if (p->begun_s == 0)
		p->begun_s = clock_s();
	return false;
}

const struct probe_watch *progress_begin(struct progress *p, FILE *to, double limit_s)
{
	*p = (struct progress){.to = to, .limit_s = limit_s};
	if (!to || !terminal_rewrites(to))
		return NULL;
	p->watch = (struct probe_watch){
		.every_s = EVERY_S,
		.fd = -1,
		.look = look,
		.attend = attend,
		.context = p,
	};
	return &p->watch;
}

void progress_end(struct progress *p)
{
	if (!p || !p->shown || !is_in_front(p->to))
		return;
	fputs(LINE_BACK, p->to);
	fflush(p->to);
	p->shown = false;
}
