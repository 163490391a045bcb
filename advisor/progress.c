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
#define NEVER_S 1e9
#define BEGIN_S 2            /* a command that ends at once needs none: as git does it */
#define LINE_BACK "\r\033[K" /* to its start, and erase it */
#define ROW_BACK "\033[A\r"  /* to the start of the row above */
#define BELOW_ERASE "\033[J" /* from there on; what was typed is echoed there, as ^C */

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

/*
 * To the start of a row, wherever the cursor is: so many spaces end in the last column of this row,
 * or on the next one if something stands here (zsh's PROMPT_SP).
 */
static const char *row_begin(const struct progress *p, char *spaces, size_t size)
{
	int columns = terminal_columns(p->to);

	if (columns + (int)sizeof(LINE_BACK) > (int)size)
		return "";
	snprintf(spaces, size, "%*s" LINE_BACK, columns, "");
	return spaces;
}

/* At once, so that nothing comes in between; without the last column, which can start a new line.
 */
static void line_write(struct progress *p, const char *line)
{
	char text[900], spaces[500];
	int columns = terminal_columns(p->to) - 1;
	const char *before = LINE_BACK;

	if (p->beside)
		before = p->shown ? ROW_BACK LINE_BACK : row_begin(p, spaces, sizeof(spaces));
	snprintf(text, sizeof(text), "%s%.*s%s", before, columns > 0 ? columns : 0, line,
		p->beside ? "\r\n" : "");
	fputs(text, p->to);
	fflush(p->to);
	p->shown = true;
}

/* Whose line it is: it may remain, above what a command writes. */
static void name_put(const struct progress *p, char *name, size_t size)
{
	if (p->beside && p->runs > 1)
		snprintf(name, size, "concadvise: run %d of %d, ", p->run, p->runs);
	else
		snprintf(name, size, "%s", p->beside ? "concadvise: " : "");
}

/* The most important first: a narrow terminal cuts the end. */
static void words_put(
	const struct progress *p, const struct profile *profile, char *line, size_t size)
{
	size_t threads = profile->threads_count;
	char name[60], limit[40] = "", now[120];

	name_put(p, name, sizeof(name));
	if (p->limit_s > 0)
		snprintf(limit, sizeof(limit), " of %.4g", p->limit_s);
	pursuit_words(profile, now, sizeof(now));
	snprintf(line, size, "%s%.0f%s s, %zu thread%s, %s%s", name, clock_s() - p->begun_s, limit,
		threads, threads == 1 ? "" : "s", now,
		p->limit_s > 0 || p->beside ? "" : "; Ctrl-C ends it");
}

/* A command that has the terminal is left alone with it, and not looked at for nothing. */
static bool is_welcome(struct progress *p)
{
	if (!p->beside)
		return is_in_front(p->to);
	if (!silence_lasts(&p->silence)) {
		p->watch.every_s = NEVER_S;
		return false;
	}
	return is_in_front(p->to) && clock_s() - p->first_s >= BEGIN_S;
}

static void look(void *context, const struct measurement *interval)
{
	struct progress *p = context;
	struct profile *profile = profile_glance(interval);
	char line[256];

	if (profile && is_welcome(p)) {
		words_put(p, profile, line, sizeof(line));
		line_write(p, line);
		silence_own(&p->silence);
	}
	profile_free(profile);
}

/* The window has opened; loading the probe took a while before. */
static bool attend(void *context)
{
	struct progress *p = context;

	if (p->begun_s == 0)
		p->begun_s = clock_s();
	if (p->first_s == 0)
		p->first_s = p->begun_s;
	return false;
}

void progress_begin(struct progress *p, FILE *to, double limit_s)
{
	*p = (struct progress){.limit_s = limit_s, .silence = {.events = -1}};
	if (!to || !terminal_rewrites(to))
		return;
	p->to = to;
	p->watch = (struct probe_watch){
		.every_s = EVERY_S,
		.fd = -1,
		.look = look,
		.attend = attend,
		.context = p,
	};
}

void progress_begin_beside(struct progress *p, FILE *to, double limit_s, int runs)
{
	progress_begin(p, to, limit_s);
	p->beside = true;
	p->runs = runs;
}

const struct probe_watch *progress_watch(const struct progress *p)
{
	return p->to ? &p->watch : NULL;
}

void progress_run(struct progress *p)
{
	if (p->to && p->run == 0)
		silence_begin(&p->silence, fileno(p->to));
	p->run++;
	p->begun_s = 0;
}

void progress_end(struct progress *p)
{
	if (!p->shown || !is_in_front(p->to) || (p->beside && !silence_lasts(&p->silence)))
		return;
	fputs(p->beside ? ROW_BACK BELOW_ERASE : LINE_BACK, p->to);
	fflush(p->to);
	silence_own(&p->silence);
	p->shown = false;
}

void progress_free(struct progress *p)
{
	silence_end(&p->silence);
}
