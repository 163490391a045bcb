/*
 * caller: one table of functions. A new runtime is one row.
 */
#include "caller.h"

#include "meaning.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What a function can say that a thread waits for. */
enum saying { SAYS_SYNC, SAYS_LOCK, SAYS_SLEEP, SAYS_NOTHING };
static const enum state states[SAYS_NOTHING] = {
	[SAYS_SYNC] = STATE_SYNC,
	[SAYS_LOCK] = STATE_LOCK,
	[SAYS_SLEEP] = STATE_SLEEP,
};

static const struct caller {
	enum state seen; /* what the futex says, */
	const char *function;
	bool whole; /* the name, or a part of it */
	enum saying says;
} callers[] = {
	{STATE_SYNC, "ObjectMonitor::EnterI", true, SAYS_LOCK},
	{STATE_SYNC, "ObjectMonitor::ReenterI", true, SAYS_LOCK},
	{STATE_SYNC, "ObjectMonitor::enter", true, SAYS_LOCK},
	{STATE_SYNC, "JVM_Sleep", true, SAYS_SLEEP},
	{STATE_SYNC, "JVM_SleepNanos", true, SAYS_SLEEP}, /* from Java 21 on */
	{STATE_SYNC, "rb_mutex_lock", true, SAYS_LOCK},
	{STATE_SYNC, "rb_f_sleep", true, SAYS_SLEEP},
	/* Who was woken takes the mutex again, on the way. */
	{STATE_LOCK, "condvar::futex::Condvar", false, SAYS_SYNC}, /* Rust's standard library */
	{STATE_LOCK, "mutex::futex::Mutex", false, SAYS_LOCK},
	{STATE_LOCK, "pthread_cond_wait", false, SAYS_SYNC}, /* glibc's counts from 2.41 on */
	{STATE_LOCK, "pthread_cond_timedwait", false, SAYS_SYNC},
	{STATE_LOCK, "pthread_cond_clockwait", false, SAYS_SYNC},
	{STATE_LOCK, "pthread_mutex_cond_lock", false, SAYS_LOCK},
	{STATE_LOCK, "lll_lock_wait", false, SAYS_LOCK},
};

static bool caller_is(const struct caller *c, const char *function)
{
	return c->whole ? strcmp(function, c->function) == 0
			: strstr(function, c->function) != NULL;
}

static enum saying frame_says(const struct measured_frame *f, enum state seen)
{
	for (size_t i = 0; f->function && i < sizeof(callers) / sizeof(callers[0]); i++)
		if (callers[i].seen == seen && caller_is(&callers[i], f->function))
			return callers[i].says;
	return SAYS_NOTHING;
}

static enum saying stack_says(const struct measurement *m, size_t stack, enum state seen)
{
	const struct measured_stack *s = stack < m->stacks_count ? &m->stacks[stack] : NULL;
	enum saying says = SAYS_NOTHING;

	for (size_t i = 0; s && i < s->frames_count && says == SAYS_NOTHING; i++)
		says = frame_says(&m->frames[s->frames[i]], seen);
	return says;
}

/* Of a row, how long it was waited in all the chains that are known, and in those that say so. */
struct share {
	double known_s, said_s[SAYS_NOTHING];
};

static bool wait_is_open(const struct meaning *x, size_t wait)
{
	return (x->states[wait] == STATE_SYNC || x->states[wait] == STATE_LOCK) &&
	       state_call_is_futex(x->m->waits[wait].syscall);
}

static void shares_fill(struct share *shares, const struct meaning *x)
{
	for (size_t i = 0; i < x->m->sites_count; i++) {
		const struct measured_site *site = &x->m->sites[i];
		double total_s = (double)site->total_ns / 1e9;
		enum saying says;

		if (!wait_is_open(x, site->wait))
			continue;
		says = stack_says(x->m, site->stack, x->states[site->wait]);
		shares[site->wait].known_s += total_s;
		if (says != SAYS_NOTHING)
			shares[site->wait].said_s[says] += total_s;
	}
}

/* What is said of most of it, if anything is. */
static enum state share_state(const struct share *s, enum state seen)
{
	for (int i = 0; i < SAYS_NOTHING; i++)
		if (s->said_s[i] > s->known_s / 2)
			return states[i];
	return seen;
}

int caller_find(struct meaning *x)
{
	struct share *shares = calloc(x->m->waits_count + 1, sizeof(*shares));

	if (!shares)
		return -ENOMEM;
	shares_fill(shares, x);
	for (size_t i = 0; i < x->m->waits_count; i++)
		if (wait_is_open(x, i))
			x->states[i] = share_state(&shares[i], x->states[i]);
	free(shares);
	return 0;
}
