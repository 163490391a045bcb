/* ruby_poll: told by how many files are polled, and by what was seen on sockets. */
#include "ruby_poll.h"

#include "exchange.h"
#include "margin.h"
#include "meaning.h"

/* The file, and the eventfd. */
#define POLLED 2

static bool wait_is_pair(const struct meaning *x, size_t wait)
{
	return x->states[wait] == STATE_POLL && x->m->waits[wait].files_polled == POLLED;
}

/* All that it polled for were answers on sockets, of which it asked for one at a time. */
static bool thread_asks_one_by_one(const struct meaning *x, size_t thread)
{
	const struct awaited *a = &x->awaited[thread];
	double polled_s = 0;

	for (size_t i = x->first_wait[thread]; i < x->first_wait[thread + 1]; i++) {
		size_t wait = x->waits[i];

		if (x->states[wait] == STATE_POLL && !wait_is_pair(x, wait))
			return false;
		polled_s += wait_is_pair(x, wait) ? (double)x->m->waits[wait].total_ns / 1e9 : 0;
	}
	return a->some_s > 0 && a->some_s >= (1 - MARGIN) * polled_s &&
	       a->all_s <= (1 + MARGIN) * a->some_s;
}

void ruby_poll_find(struct meaning *x)
{
	for (size_t thread = 0; thread < x->m->threads_count; thread++) {
		if (!x->loops[thread] || !meaning_runs(x, x->m->threads[thread].process, "ruby") ||
			!thread_asks_one_by_one(x, thread))
			continue;
		x->loops[thread] = false;
		for (size_t i = x->first_wait[thread]; i < x->first_wait[thread + 1]; i++)
			if (wait_is_pair(x, x->waits[i]))
				x->states[x->waits[i]] = STATE_NETWORK;
	}
}
