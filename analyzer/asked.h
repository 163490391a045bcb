/*
 * asked: what a loop asked for over connections, request by request, in time.
 *
 * Of a loop that awaits one at a time they tell which of its waits for events belong together: it
 * comes round once for each piece of an answer.
 */
#ifndef CONCADVISE_ASKED_H
#define CONCADVISE_ASKED_H

#include <stdbool.h>
#include <stddef.h>

struct meaning;

/* A request and all of its answer, in the window. */
struct asked {
	double start_s, end_s;
	bool connects; /* it opened the connection */
};

struct asked_list {
	struct asked *rows; /* by their starts */
	size_t count;
};

/* Those of a thread. asked_clear() frees them. 0 or -ENOMEM. */
int asked_fill(struct asked_list *ret, const struct meaning *x, size_t thread);
void asked_clear(struct asked_list *l);

/* Which one was under way then; the last one begun, of several. SIZE_MAX: none. */
size_t asked_at(const struct asked_list *l, double at_s);

#endif
