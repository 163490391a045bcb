/*
 * caller: one table of functions. A new runtime is one row.
 */
#include "caller.h"

#include "meaning.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where a thread waits for a lock. */
static const char *const callers[] = {
	"ObjectMonitor::EnterI",
	"ObjectMonitor::ReenterI",
	"ObjectMonitor::enter",
	"rb_mutex_lock",
};

static bool frame_locks(const struct measured_frame *f)
{
	for (size_t i = 0; f->function && i < sizeof(callers) / sizeof(callers[0]); i++)
		if (strcmp(f->function, callers[i]) == 0)
			return true;
	return false;
}

static bool stack_locks(const struct measurement *m, size_t stack)
{
	const struct measured_stack *s = stack < m->stacks_count ? &m->stacks[stack] : NULL;

	for (size_t i = 0; s && i < s->frames_count; i++)
		if (frame_locks(&m->frames[s->frames[i]]))
			return true;
	return false;
}

/* Of a row, how long it was waited in all the chains that are known, and in those. */
struct share {
	double known_s, locks_s;
};

static void shares_fill(struct share *shares, const struct meaning *x)
{
	for (size_t i = 0; i < x->m->sites_count; i++) {
		const struct measured_site *site = &x->m->sites[i];
		double total_s = (double)site->total_ns / 1e9;

		if (x->states[site->wait] != STATE_SYNC)
			continue;
		shares[site->wait].known_s += total_s;
		shares[site->wait].locks_s += stack_locks(x->m, site->stack) ? total_s : 0;
	}
}

int caller_find(struct meaning *x)
{
	struct share *shares = calloc(x->m->waits_count + 1, sizeof(*shares));

	if (!shares)
		return -ENOMEM;
	shares_fill(shares, x);
	for (size_t i = 0; i < x->m->waits_count; i++)
		if (x->states[i] == STATE_SYNC && state_call_is_futex(x->m->waits[i].syscall) &&
			shares[i].locks_s > shares[i].known_s / 2)
			x->states[i] = STATE_LOCK;
	free(shares);
	return 0;
}
