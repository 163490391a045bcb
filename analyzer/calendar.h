/*
 * calendar: what happens next: a priority queue of instants, earliest first (a binary heap).
 */
#ifndef CONCADVISE_CALENDAR_H
#define CONCADVISE_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

struct appointment {
	double at;
	uint32_t who;
	uint32_t generation; /* an appointment that was called off stays, with an old generation */
};

struct calendar {
	struct appointment *entries;
	size_t count, room;
};

/* Returns 0 or -ENOMEM. */
int calendar_add(struct calendar *c, struct appointment a);

/* The earliest one; NULL: none. It is valid until the calendar changes. */
const struct appointment *calendar_next(const struct calendar *c);

/* Takes the earliest one out, if there is one. */
void calendar_drop_next(struct calendar *c);

void calendar_clear(struct calendar *c);

#endif
