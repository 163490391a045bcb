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
#define WIDTH_LEAST 60
#define WIDTH_MOST 100

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

/* https://no-color.org: NO_COLOR, set and not empty, asks for none. */
static bool wants_colour(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && !is_set("NO_COLOR") && term && *term && strcmp(term, "dumb") != 0;
}

static int width_of(int fd)
{
	struct winsize size;

	if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH_DEFAULT;
	if (size.ws_col < WIDTH_LEAST)
		return WIDTH_LEAST;
	return size.ws_col > WIDTH_MOST ? WIDTH_MOST : size.ws_col;
}

void terminal_style(FILE *to, enum colour colour, struct style *ret)
{
	int fd = fileno(to);

	ret->colour = colour == COLOUR_ALWAYS || (colour == COLOUR_AUTO && wants_colour(fd));
	ret->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	ret->width = width_of(fd);
}
