/*
 * screen: the whole terminal, by ncurses.
 */
#include "screen.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

struct screen {
	SCREEN *curses;
	char *text, *hint; /* what is shown, for when the size changes */
	int reversed;
};

static struct screen *opened; /* exit() has no argument for it */

static void screen_restore(void)
{
	if (opened)
		endwin();
}

bool screen_is_possible(void)
{
	int told;

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
	       setupterm(NULL, STDOUT_FILENO, &told) == OK && cursor_address;
}

struct screen *screen_open(void)
{
	struct screen *s = screen_is_possible() ? calloc(1, sizeof(*s)) : NULL;

	if (!s)
		return NULL;
	s->curses = newterm(NULL, stdout, stdin);
	if (!s->curses) {
		free(s);
		return NULL;
	}
	opened = s;
	atexit(screen_restore);
	cbreak();
	noecho();
	curs_set(0);
	nodelay(stdscr, TRUE);
	return s;
}

void screen_close(struct screen *s)
{
	if (!s)
		return;
	endwin();
	opened = NULL;
	delscreen(s->curses);
	if (s->text)
		fputs(s->text, stdout);
	free(s->text);
	free(s->hint);
	free(s);
}

int screen_lines(const struct screen *s)
{
	(void)s;
	return LINES;
}

int screen_columns(const struct screen *s)
{
	(void)s;
	return COLS;
}

static void line_draw(int y, const char *line, size_t size, attr_t attributes)
{
	attrset(attributes);
	if (attributes & A_REVERSE)
		mvhline(y, 0, ' ' | A_REVERSE, COLS);
	mvaddnstr(y, 0, line, (int)size);
	attrset(A_NORMAL);
}

static void draw(const struct screen *s)
{
	const char *line = s->text;
	int last = LINES - 1;

	erase();
	for (int y = 0; line && *line && y < last; y++) {
		size_t size = strcspn(line, "\n");

		line_draw(y, line, size, y == s->reversed ? A_REVERSE : y == 0 ? A_BOLD : A_NORMAL);
		line += size + (line[size] == '\n');
	}
	if (s->hint && last > 0)
		line_draw(last, s->hint, strlen(s->hint), A_DIM);
	refresh();
}

void screen_show(struct screen *s, const char *text, int reversed, const char *hint)
{
	free(s->text);
	free(s->hint);
	s->text = strdup(text);
	s->hint = strdup(hint);
	s->reversed = reversed;
	draw(s);
}

bool screen_quits(struct screen *s)
{
	int key;

	while ((key = getch()) != ERR) {
		if (key == 'q' || key == 'Q')
			return true;
		if (key == KEY_RESIZE || key == '\f')
			clearok(curscr, TRUE);
		if (key == KEY_RESIZE || key == '\f')
			draw(s);
	}
	return !isatty(STDIN_FILENO);
}
