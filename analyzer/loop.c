/*
 * loop: how busy the event loops are, how long they keep events waiting, and what blocks them.
 */
#include "loop.h"

#include "meaning.h"
#include "profile.h"
#include "round.h"
#include "site.h"
#include "stall.h"
#include "stretch.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Clinic Doctor calls a loop overloaded from this utilisation on. */
#define SATURATED_SHARE 0.95
/* Looks a second that find events: rounds of less than a millisecond. */
#define LOOKS_MANY 1000

/* Nobody saw whether it was one of the loop's own. */
static bool wait_is_unseen(const struct measured_wait *w)
{
	return w->syscall && strcmp(w->syscall, MEASURED_UNSEEN) == 0;
}

bool loop_is_blocked_by(const struct meaning *x, size_t wait)
{
	return !wait_is_unseen(&x->m->waits[wait]) && x->states[wait] != STATE_POLL &&
	       x->states[wait] != STATE_STOPPED && x->purposes[wait] != PURPOSE_IDLE;
}

static struct profile_blocking *blocking_find(
	struct profile_loop *l, enum state state, const char *syscall)
{
	for (size_t i = 0; i < l->blocking_count; i++) {
		const char *other = l->blocking[i].syscall;

		if (l->blocking[i].state == state &&
			(syscall == other || (syscall && other && strcmp(syscall, other) == 0)))
			return &l->blocking[i];
	}
	return NULL;
}

static int blocking_count(
	struct profile_loop *l, enum state state, const struct measured_wait *w, size_t *ret_row)
{
	struct profile_blocking *b = blocking_find(l, state, w->syscall);

	if (!b) {
		b = realloc(l->blocking, (l->blocking_count + 1) * sizeof(*b));
		if (!b)
			return -ENOMEM;
		l->blocking = b;
		b = &b[l->blocking_count++];
		*b = (struct profile_blocking){.state = state, .syscall = w->syscall};
	}
	b->count += w->count;
	b->total_s += (double)w->total_ns / 1e9;
	b->max_s = fmax(b->max_s, (double)w->max_ns / 1e9);
	*ret_row = (size_t)(b - l->blocking);
	return 0;
}

static int blocking_compare(const void *a, const void *b)
{
	const struct profile_blocking *x = a, *y = b;

	return (x->total_s < y->total_s) - (x->total_s > y->total_s);
}

/* Neither waiting for events, or for its turn to do so, nor kept waiting for a CPU. */
static double work_s(const struct profile_thread *t, bool follower)
{
	double idle_s = t->time.s[STATE_POLL] + (follower ? t->idle.s[STATE_SYNC] : 0);

	return fmax(0, t->wall_s - idle_s - t->time.s[STATE_RUN_QUEUE]);
}

static double share(double part_s, double whole_s)
{
	return whole_s > 0 ? part_s / whole_s : NAN;
}

static void shares_fill(struct profile_loop *l, const struct profile_thread *t, bool follower)
{
	double run_queue_s = t->time.s[STATE_RUN_QUEUE], own_s = work_s(t, follower);

	l->work_share = share(own_s, t->wall_s);
	l->run_queue_share = share(run_queue_s, t->wall_s);
	l->busy_share = share(own_s, t->wall_s - run_queue_s);
}

/* With CPUs to be had: until it works all the time. */
static double capacity(const struct profile_loop *l)
{
	return l->work_share > 0 ? 1 / l->work_share : NAN;
}

/* It was seen to find events whenever it looked: thousands of times a second, while each look was
 * seen, or by samples, which miss looks that are short. */
static bool finds_at_once(const struct meaning *x, size_t thread)
{
	const struct measured_thread *t = &x->m->threads[thread];
	const struct measured_process *p = &x->m->processes[t->process];
	double seen_s = (double)(p->polls_end_ns - p->polls_start_ns) / 1e9;

	if ((double)t->loop.at_once > LOOKS_MANY * seen_s && seen_s > 0)
		return true;
	for (size_t i = 0; i < x->m->samples_count; i++)
		if (x->m->samples[i].thread == thread && round_is_call(x->m->samples[i].syscall))
			return true;
	return false;
}

static void loop_describe(struct profile_loop *l, const struct profile *p, const struct meaning *x)
{
	const struct profile_thread *t = &p->threads[l->thread];
	size_t process = x->m->threads[t->measured].process;

	l->lag_p50_s = l->lag_p99_s = l->lag_max_s = l->compute_max_s = NAN;
	shares_fill(l, t, x->followers[l->thread]);
	l->saturated = t->time.s[STATE_POLL] <= (1 - SATURATED_SHARE) * t->wall_s &&
		       finds_at_once(x, l->thread);
	l->capacity = x->serving[process] ? capacity(l) : NAN;
	stretch_fill(l, p, x, l->thread);
}

/* One loop's rows of waits other than its own, with their places. */
static int blocking_fill(struct profile_loop *l, const struct profile *p, const struct meaning *x,
	size_t *row_of_wait)
{
	struct profile_sites *sites;
	int error = 0;

	for (size_t i = 0; i < x->m->waits_count && !error; i++) {
		row_of_wait[i] = SIZE_MAX;
		if (x->m->waits[i].thread == l->thread && loop_is_blocked_by(x, i))
			error = blocking_count(l, x->states[i], &x->m->waits[i], &row_of_wait[i]);
	}
	sites = calloc(l->blocking_count + 1, sizeof(*sites));
	if (!sites)
		error = -ENOMEM;
	if (!error)
		error = sites_of_waits(p, x, row_of_wait, l->blocking_count, sites);
	for (size_t i = 0; i < l->blocking_count && !error; i++)
		l->blocking[i].sites = sites[i];
	if (l->blocking_count > 1)
		qsort(l->blocking, l->blocking_count, sizeof(*l->blocking), blocking_compare);
	free(sites);
	return error;
}

int loop_fill(struct profile *p, const struct meaning *x)
{
	size_t *row_of_wait = calloc(x->m->waits_count + 1, sizeof(*row_of_wait));
	size_t count = 0;
	int error = row_of_wait ? 0 : -ENOMEM;

	for (size_t i = 0; i < p->threads_count; i++)
		count += x->loops[i];
	p->loops = calloc(count + 1, sizeof(*p->loops));
	if (!p->loops)
		error = -ENOMEM;
	for (size_t i = 0; i < p->threads_count && !error; i++) {
		struct profile_loop *l = &p->loops[p->loops_count];

		if (!x->loops[i])
			continue;
		p->loops_count++;
		l->thread = i;
		loop_describe(l, p, x);
		error = blocking_fill(l, p, x, row_of_wait);
		if (!error)
			error = stall_fill(l, p, x);
	}
	free(row_of_wait);
	return error;
}

void loop_clear(struct profile_loop *l)
{
	for (size_t i = 0; i < l->blocking_count; i++)
		sites_clear(&l->blocking[i].sites);
	for (size_t i = 0; i < l->stalls_count; i++)
		free(l->stalls[i].object);
	free(l->blocking);
	free(l->stalls);
	free(l->stall_times);
}
