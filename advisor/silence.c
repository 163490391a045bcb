/*
 * silence: a terminal's inode, and that of /dev/tty by which it is reached too, are watched.
 */
#include "silence.h"

#include <stdio.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

void silence_begin(struct silence *s, int terminal)
{
	char path[40];

	*s = (struct silence){
		.terminal = terminal, .events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
	snprintf(path, sizeof(path), "/proc/self/fd/%d", terminal);
	if (s->events >= 0 && inotify_add_watch(s->events, path, IN_ACCESS | IN_MODIFY) < 0)
		silence_end(s);
	/* Any process' writing there is told, of any terminal; where there is none, none writes. */
	if (s->events >= 0)
		inotify_add_watch(s->events, "/dev/tty", IN_ACCESS | IN_MODIFY);
}

static bool events_take(const struct silence *s)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool any = false;

	while (read(s->events, events, sizeof(events)) > 0)
		any = true;
	return any;
}

/* What was typed was echoed: the cursor has moved. */
static bool is_typed_on(int terminal)
{
	struct termios modes;
	int typed;

	if (tcgetattr(terminal, &modes) != 0 || ioctl(terminal, FIONREAD, &typed) != 0)
		return true;
	return typed > 0 || !(modes.c_lflag & ICANON) || !(modes.c_lflag & ECHO);
}

bool silence_lasts(struct silence *s)
{
	if (s->events >= 0 && (events_take(s) || is_typed_on(s->terminal)))
		silence_end(s);
	return s->events >= 0;
}

void silence_own(struct silence *s)
{
	if (s->events >= 0)
		events_take(s);
}

void silence_end(struct silence *s)
{
	if (s->events >= 0)
		close(s->events);
	s->events = -1;
}
