/*
 * calendar: a binary heap in an array that grows.
 */
#include "calendar.h"

#include <errno.h>
#include <stdlib.h>

#define ROOM_FIRST 64

static int calendar_grow(struct calendar *c)
{
	size_t room = c->room ? 2 * c->room : ROOM_FIRST;
	struct appointment *entries = reallocarray(c->entries, room, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	c->entries = entries;
	c->room = room;
	return 0;
}

int calendar_add(struct calendar *c, struct appointment a)
{
	int error = c->count < c->room ? 0 : calendar_grow(c);
	size_t at = c->count;

	if (error)
		return error;
	c->count++;
	for (; at > 0 && c->entries[(at - 1) / 2].at > a.at; at = (at - 1) / 2)
		c->entries[at] = c->entries[(at - 1) / 2];
	c->entries[at] = a;
	return 0;
}

const struct appointment *calendar_next(const struct calendar *c)
{
	return c->count ? c->entries : NULL;
}

void calendar_drop_next(struct calendar *c)
{
	struct appointment last;
	size_t at = 0, child;

	if (c->count == 0)
		return;
	last = c->entries[--c->count];
	while ((child = 2 * at + 1) < c->count) {
		if (child + 1 < c->count && c->entries[child + 1].at < c->entries[child].at)
			child++;
		if (c->entries[child].at >= last.at)
			break;
		c->entries[at] = c->entries[child];
		at = child;
	}
	c->entries[at] = last;
}

void calendar_clear(struct calendar *c)
{
	free(c->entries);
	*c = (struct calendar){0};
}
