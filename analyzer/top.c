/*
 * top: rows are in order of what they cost; each of these is the first that qualifies.
 */
#include "top.h"

#include <string.h>

bool wait_is_work(const struct profile_wait *w)
{
	switch (w->state) {
	case STATE_DISK:
	case STATE_NETWORK:
	case STATE_IPC:
	case STATE_SLEEP:
	case STATE_CHILD:
	case STATE_TERMINAL:
	case STATE_POLL:
		return !w->idle;
	default:
		return false;
	}
}

const struct profile_wait *wait_top(const struct profile *p)
{
	for (size_t i = 0; i < p->waits_count; i++)
		if (wait_is_work(&p->waits[i]))
			return &p->waits[i];
	return NULL;
}

bool lock_is_global(const struct profile_lock *l)
{
	return strcmp(l->kind, "interpreter") == 0;
}

static const struct profile_lock *lock_first(const struct profile *p, bool global)
{
	for (size_t i = 0; i < p->locks_count; i++)
		if (lock_is_global(&p->locks[i]) == global)
			return &p->locks[i];
	return NULL;
}

const struct profile_lock *lock_top(const struct profile *p)
{
	return lock_first(p, false);
}

const struct profile_lock *lock_global_top(const struct profile *p)
{
	return lock_first(p, true);
}

static double turns_s(const struct profile_loop *l)
{
	double sum = 0;

	for (size_t i = 0; i < l->blocking_count; i++)
		if (l->blocking[i].state == STATE_INTERPRETER_LOCK)
			sum += l->blocking[i].total_s;
	return sum;
}

bool blocking_is_call(const struct profile_loop *l, const struct profile_blocking *b)
{
	return b->state != STATE_INTERPRETER_LOCK &&
	       ((b->state != STATE_LOCK && b->state != STATE_SYNC) || b->total_s > turns_s(l));
}

const struct profile_blocking *blocking_top(const struct profile *p)
{
	const struct profile_blocking *top = NULL;

	for (size_t i = 0; i < p->loops_count; i++) {
		const struct profile_loop *l = &p->loops[i];

		for (size_t j = 0; j < l->blocking_count; j++)
			if (blocking_is_call(l, &l->blocking[j]) &&
				(!top || l->blocking[j].total_s > top->total_s))
				top = &l->blocking[j];
	}
	return top;
}

const struct profile_stall *stall_top(const struct profile *p, enum stall_kind k)
{
	const struct profile_stall *top = NULL;

	for (size_t i = 0; i < p->loops_count; i++) {
		for (size_t j = 0; j < p->loops[i].stalls_count; j++) {
			const struct profile_stall *s = &p->loops[i].stalls[j];

			if (s->kind == k && (!top || s->total_s > top->total_s))
				top = s;
		}
	}
	return top;
}
