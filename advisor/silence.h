/*
 * silence: whether a terminal has been left alone, so that one knows where its cursor is.
 *
 * The kernel tells of every write to it and every read from it (inotify), whoever made them and by
 * whatever call, at no cost to who did. It tells afterwards: what is asked and done next is right
 * but for what happens in the microseconds between.
 */
#ifndef CONCADVISE_SILENCE_H
#define CONCADVISE_SILENCE_H

#include <stdbool.h>

struct silence {
	int terminal; /* borrowed */
	int events;   /* -1: nothing can be told, or it is over */
};

/* From now on. Without the right to watch the terminal it is taken for not silent. */
void silence_begin(struct silence *s, int terminal);

/*
 * Nobody has written to it or read from it since silence_begin(), no line that was typed waits to
 * be read, and nobody asked for keys one by one or without an echo. Once false, always false.
 */
bool silence_lasts(struct silence *s);

/* What was written since silence_lasts() was asked was our own. */
void silence_own(struct silence *s);

void silence_end(struct silence *s);

#endif
