/*
 * top: looks on, and shows a table of what it saw.
 */
#include "top.h"

#include "screen.h"
#include "top_table.h"

#include "analyzer/profile.h"
#include "probe/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HINT "q quits"

struct top {
	struct probe_watch watch;
	struct top_table table;
	struct screen *screen; /* NULL: tables one after another, on standard output */
	enum colour colour;
	bool once, done;
	bool begun; /* the screen is opened when the probe is: what goes wrong before is told */
	size_t tables;
	int error;
};

static int table_show(struct top *t, const struct profile *p)
{
	struct style style = {0};
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	int error;

	if (!to)
		return -ENOMEM;
	terminal_style(stdout, COLOUR_NEVER, &style);
	style.width = screen_columns(t->screen);
	error = top_table_write(&t->table, p, &style, screen_lines(t->screen) - 1, to);
	if (fclose(to) != 0 && !error)
		error = -ENOMEM;
	if (!error)
		screen_show(t->screen, text, TOP_TABLE_HEADING, HINT);
	free(text);
	return error;
}

static int table_print(struct top *t, const struct profile *p)
{
	struct style style = {0};
	int error;

	terminal_style(stdout, t->colour, &style);
	style.width = terminal_columns(stdout);
	if (t->tables++ > 0)
		putchar('\n');
	errno = 0;
	error = top_table_write(&t->table, p, &style, 0, stdout);
	if (!error && fflush(stdout) != 0)
		error = errno ? -errno : -EIO;
	return error;
}

static void look(void *context, const struct measurement *interval)
{
	struct top *t = context;
	struct profile *p = profile_glance(interval);
	int error = -ENOMEM;

	if (p)
		error = t->screen ? table_show(t, p) : table_print(t, p);
	profile_free(p);
	t->error = error;
	t->done = error || t->once;
}

static bool attend(void *context)
{
	struct top *t = context;

	if (!t->begun && t->watch.fd >= 0)
		t->screen = screen_open();
	t->begun = true;
	return t->done || (t->screen && screen_quits(t->screen));
}

struct top *top_new(double every_s, bool once, enum colour colour)
{
	struct top *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->once = once;
	t->colour = colour;
	t->watch = (struct probe_watch){
		.every_s = every_s,
		.fd = !once && screen_is_possible() ? STDIN_FILENO : -1,
		.look = look,
		.attend = attend,
		.context = t,
	};
	return t;
}

const struct probe_watch *top_watch(struct top *t)
{
	return &t->watch;
}

int top_free(struct top *t)
{
	int error = t ? t->error : 0;

	if (t)
		screen_close(t->screen);
	free(t);
	return error;
}
