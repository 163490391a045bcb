/*
 * screen: the whole terminal for a text that is renewed, by ncurses.
 *
 * While it is open the terminal is not as it was found; screen_close() restores it, and so do
 * exit() and Ctrl-Z. A signal that ends the program is the caller's to take.
 */
#ifndef CONCADVISE_SCREEN_H
#define CONCADVISE_SCREEN_H

#include <stdbool.h>

struct screen;

/* Whether standard input and output are a terminal that can do that, as far as TERM tells. */
bool screen_is_possible(void);

/* NULL: it is not possible, or out of memory. */
struct screen *screen_open(void);

/* Restores the terminal, and leaves on it what was shown last. NULL is fine. */
void screen_close(struct screen *s);

int screen_lines(const struct screen *s);
int screen_columns(const struct screen *s);

/* Shows these lines, one of them reversed, and `hint` in the last line of the screen. What does not
 * fit is cut. */
void screen_show(struct screen *s, const char *text, int reversed, const char *hint);

/* Takes what was typed, and a change of size. Returns true if it was `q`, or the terminal is gone.
 * Does not wait. */
bool screen_quits(struct screen *s);

#endif
