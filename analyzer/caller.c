/*
 * caller: one table of functions. A new runtime is one row.
 */
#include "caller.h"

#include "meaning.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a thread waits for in there. */
static const struct caller {
	const char *function;
	enum state state;
} callers[] = {
	{"ObjectMonitor::EnterI", STATE_LOCK},
	{"ObjectMonitor::ReenterI", STATE_LOCK},
	{"ObjectMonitor::enter", STATE_LOCK},
	{"JVM_Sleep", STATE_SLEEP},
	{"JVM_SleepNanos", STATE_SLEEP}, /* from Java 21 on */
	{"rb_mutex_lock", STATE_LOCK},
	{"rb_f_sleep", STATE_SLEEP},
};
#define CALLERS (sizeof(callers) / sizeof(callers[0]))

/* STATE_SYNC: the function says nothing. */
static enum state state_of_frame(const struct measured_frame *f)
{
	for (size_t i = 0; f->function && i < CALLERS; i++)
		if (strcmp(f->function, callers[i].function) == 0)
			return callers[i].state;
	return STATE_SYNC;
}

static enum state state_of_stack(const struct measurement *m, size_t stack)
{
	const struct measured_stack *s = stack < m->stacks_count ? &m->stacks[stack] : NULL;
	enum state state = STATE_SYNC;

	for (size_t i = 0; s && i < s->frames_count && state == STATE_SYNC; i++)
		state = state_of_frame(&m->frames[s->frames[i]]);
	return state;
}

/* Of a row, how long it was waited in all the chains that are known, by what they say. */
struct share {
	double known_s, state_s[STATE_COUNT];
};

static void shares_fill(struct share *shares, const struct meaning *x)
{
	for (size_t i = 0; i < x->m->sites_count; i++) {
		const struct measured_site *site = &x->m->sites[i];
		double total_s = (double)site->total_ns / 1e9;

		if (x->states[site->wait] != STATE_SYNC)
			continue;
		shares[site->wait].known_s += total_s;
		shares[site->wait].state_s[state_of_stack(x->m, site->stack)] += total_s;
	}
}

/* What most of it was, if one of the functions says so. */
static enum state share_most(const struct share *s)
{
	for (size_t i = 0; i < CALLERS; i++)
		if (s->state_s[callers[i].state] > s->known_s / 2)
			return callers[i].state;
	return STATE_SYNC;
}

int caller_find(struct meaning *x)
{
	struct share *shares = calloc(x->m->waits_count + 1, sizeof(*shares));

	if (!shares)
		return -ENOMEM;
	shares_fill(shares, x);
	for (size_t i = 0; i < x->m->waits_count; i++)
		if (x->states[i] == STATE_SYNC && state_call_is_futex(x->m->waits[i].syscall))
			x->states[i] = share_most(&shares[i]);
	free(shares);
	return 0;
}
