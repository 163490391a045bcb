/*
 * caller: one table of functions. A new runtime is one row.
 */
#include "caller.h"

#include "meaning.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a function can say that a thread waits for. */
enum saying { SAYS_LOCK, SAYS_SLEEP, SAYS_NOTHING };
static const enum state states[SAYS_NOTHING] = {
	[SAYS_LOCK] = STATE_LOCK,
	[SAYS_SLEEP] = STATE_SLEEP,
};

static const struct caller {
	const char *function;
	enum saying says;
} callers[] = {
	{"ObjectMonitor::EnterI", SAYS_LOCK},
	{"ObjectMonitor::ReenterI", SAYS_LOCK},
	{"ObjectMonitor::enter", SAYS_LOCK},
	{"JVM_Sleep", SAYS_SLEEP},
	{"JVM_SleepNanos", SAYS_SLEEP}, /* from Java 21 on */
	{"rb_mutex_lock", SAYS_LOCK},
	{"rb_f_sleep", SAYS_SLEEP},
};

static enum saying frame_says(const struct measured_frame *f)
{
	for (size_t i = 0; f->function && i < sizeof(callers) / sizeof(callers[0]); i++)
		if (strcmp(f->function, callers[i].function) == 0)
			return callers[i].says;
	return SAYS_NOTHING;
}

static enum saying stack_says(const struct measurement *m, size_t stack)
{
	const struct measured_stack *s = stack < m->stacks_count ? &m->stacks[stack] : NULL;
	enum saying says = SAYS_NOTHING;

	for (size_t i = 0; s && i < s->frames_count && says == SAYS_NOTHING; i++)
		says = frame_says(&m->frames[s->frames[i]]);
	return says;
}

/* Of a row, how long it was waited in all the chains that are known, and in those that say so. */
struct share {
	double known_s, said_s[SAYS_NOTHING];
};

static void shares_fill(struct share *shares, const struct meaning *x)
{
	for (size_t i = 0; i < x->m->sites_count; i++) {
		const struct measured_site *site = &x->m->sites[i];
		enum saying says = stack_says(x->m, site->stack);
		double total_s = (double)site->total_ns / 1e9;

		if (x->states[site->wait] != STATE_SYNC)
			continue;
		shares[site->wait].known_s += total_s;
		if (says != SAYS_NOTHING)
			shares[site->wait].said_s[says] += total_s;
	}
}

/* What is said of most of it. */
static enum state share_state(const struct share *s)
{
	for (int i = 0; i < SAYS_NOTHING; i++)
		if (s->said_s[i] > s->known_s / 2)
			return states[i];
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
			x->states[i] = share_state(&shares[i]);
	free(shares);
	return 0;
}
