/*
 * caller: one table of functions. A new runtime is one row.
 */
#include "caller.h"

#include "meaning.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The innermost one that is found in a chain of calls counts. */
static const struct {
	const char *function;
	enum state state;
} callers[] = {
	{"ObjectMonitor::EnterI", STATE_LOCK},
	{"ObjectMonitor::ReenterI", STATE_LOCK},
	{"ObjectMonitor::enter", STATE_LOCK},
	{"JVM_Sleep", STATE_SLEEP},
	{"rb_mutex_lock", STATE_LOCK},
};

static enum state frame_state(const struct measured_frame *f)
{
	for (size_t i = 0; f->function && i < sizeof(callers) / sizeof(callers[0]); i++)
		if (strcmp(f->function, callers[i].function) == 0)
			return callers[i].state;
	return STATE_SYNC;
}

static enum state stack_state(const struct measurement *m, size_t stack)
{
	const struct measured_stack *s = stack < m->stacks_count ? &m->stacks[stack] : NULL;
	enum state state = STATE_SYNC;

	for (size_t i = 0; s && i < s->frames_count && state == STATE_SYNC; i++)
		state = frame_state(&m->frames[s->frames[i]]);
	return state;
}

/* Of a row, how long it was waited in all the chains that are known, and in those. */
struct share {
	double known_s, lock_s, sleep_s;
};

static void shares_fill(struct share *shares, const struct meaning *x)
{
	for (size_t i = 0; i < x->m->sites_count; i++) {
		const struct measured_site *site = &x->m->sites[i];
		struct share *s = &shares[site->wait];
		double total_s = (double)site->total_ns / 1e9;
		enum state state = x->states[site->wait] == STATE_SYNC
					   ? stack_state(x->m, site->stack)
					   : STATE_SYNC;

		s->known_s += total_s;
		s->lock_s += state == STATE_LOCK ? total_s : 0;
		s->sleep_s += state == STATE_SLEEP ? total_s : 0;
	}
}

int caller_find(struct meaning *x)
{
	struct share *shares = calloc(x->m->waits_count + 1, sizeof(*shares));

	if (!shares)
		return -ENOMEM;
	shares_fill(shares, x);
	for (size_t i = 0; i < x->m->waits_count; i++) {
		const struct share *s = &shares[i];

		if (x->states[i] != STATE_SYNC || !state_call_is_futex(x->m->waits[i].syscall))
			continue;
		if (s->lock_s > s->known_s / 2)
			x->states[i] = STATE_LOCK;
		else if (s->sleep_s > s->known_s / 2)
			x->states[i] = STATE_SLEEP;
	}
	free(shares);
	return 0;
}
