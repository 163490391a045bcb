/*
 * terminal: asks the stream and the environment how a report may look.
 */
#include "terminal.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Reports are laid out for 80 columns; a table gains nothing from more than 100. */
#define WIDTH_DEFAULT 80
#define WIDTH_LEAST 40
#define WIDTH_MOST 100

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

bool terminal_rewrites(FILE *to)
{
	const char *term = getenv("TERM");

	return isatty(fileno(to)) && term && *term && strcmp(term, "dumb") != 0;
}

int terminal_columns(FILE *to)
{
	struct winsize size;

	if (!isatty(fileno(to)) || ioctl(fileno(to), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH_DEFAULT;
	return size.ws_col;
}

static int width_of(FILE *to)
{
	int columns = terminal_columns(to);

	if (columns < WIDTH_LEAST)
		return WIDTH_LEAST;
	return columns > WIDTH_MOST ? WIDTH_MOST : columns;
}

void terminal_style(FILE *to, enum colour colour, struct style *ret)
{
	/* https://no-color.org: NO_COLOR, set and not empty, asks for none. */
	bool wanted = terminal_rewrites(to) && !is_set("NO_COLOR");

	ret->colour = colour == COLOUR_ALWAYS || (colour == COLOUR_AUTO && wanted);
	ret->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	ret->width = width_of(to);
}
