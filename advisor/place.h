/*
 * place: the line of the program that a rule speaks of, and what happens there, in one sentence:
 *
 *     app.py:14 fetch_data: 98 waits of 50 ms for 127.0.0.1:80, one after another, 98 % of the time
 *
 * A rule names the kind ("place": "waits"); the profile's call sites give the line.
 */
#ifndef CONCADVISE_PLACE_H
#define CONCADVISE_PLACE_H

#include <stddef.h>

struct profile;

enum place {
	PLACE_NONE,
	PLACE_WAITS,          /* where it waits longest */
	PLACE_COMPUTING,      /* where it computes most */
	PLACE_LOCK,           /* where the worst lock is waited for, and held */
	PLACE_GLOBAL_LOCK,    /* where a runtime's global lock is held while others wait */
	PLACE_LOOP_BLOCKING,  /* where an event loop is blocked most */
	PLACE_LOOP_COMPUTING, /* where computing stalls an event loop most */
	PLACE_CHILDREN,       /* where processes are started, and which take longest */
	PLACE_COUNT
};

/* The name in a rule; "" for none. */
const char *place_name(enum place place);

/* Its sentence, malloc'ed. NULL: no such line is known. */
char *place_text(enum place place, const struct profile *p);

/* The stack that it is told by: index into the profile's callsites; MEASURED_NONE: none. */
size_t place_stack(enum place place, const struct profile *p);

/* "98 waits of 50 ms": a number of what is called `one`, which took so long in all. malloc'ed. */
char *place_waits_text(const char *one, double count, double total_s);

#endif
