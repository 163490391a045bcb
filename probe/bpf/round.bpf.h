/*
 * round: what lies between two looks for the events of several files, as of an event loop.
 *
 * A look that sleeps is seen as a wait. One that returns at once is no switch: where it matters the
 * tool has each look seen as it begins (poll_enter; see poll_watch.h), and that it did not sleep is
 * known at the next one.
 */
#ifndef CONCADVISE_ROUND_BPF_H
#define CONCADVISE_ROUND_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "bucket.bpf.h"
#include "event.bpf.h"
#include "thread.bpf.h"
#include "wait.bpf.h"
#include "wire.h"

/* Looks that were seen to begin, of all threads: their rate tells what seeing them costs. */
__u64 polls_seen;

/* What was told before a wait was settled can be some nanoseconds more than what is settled. */
static __always_inline __u64 growth(__u64 from, __u64 to)
{
	return to > from ? to - from : 0;
}

static __always_inline struct wire_stretch stretch_between(
	const struct instant *from, const struct instant *to)
{
	struct wire_stretch s = {0};

	if (!from->at_ns || to->at_ns < from->at_ns)
		return s;
	s.ns = to->at_ns - from->at_ns;
	s.waits_ns = growth(from->waits_ns, to->waits_ns);
	s.run_queue_ns = growth(from->run_queue_ns, to->run_queue_ns);
	return s;
}

static __always_inline void stretch_count(struct wire_loop *loop, __u64 ns)
{
	__u32 bucket = bucket_index(ns);

	loop->stretches++;
	loop->stretch_ns += ns;
	if (ns > loop->stretch_max_ns)
		loop->stretch_max_ns = ns;
	if (bucket < WIRE_SHORT_BUCKETS)
		loop->short_count[bucket]++;
}

static __always_inline void round_send(const struct thread *t)
{
	struct wire_round *r = event_reserve(sizeof(*r));

	if (!r)
		return;
	event_head(&r->h, WIRE_ROUND, t->serial, t->entered.at_ns);
	r->stretch = t->before_entered;
	event_submit(r);
}

/* The look that is under way, as far as is known, returned at once: what lay before it was a round,
 * and with it begins the next. */
__noinline int round_at_once(struct thread *t)
{
	__u64 away, computed;

	if (!t || !t->entered.at_ns)
		return 0;
	away = t->before_entered.waits_ns + t->before_entered.run_queue_ns;
	computed = t->before_entered.ns > away ? t->before_entered.ns - away : 0;
	t->loop.at_once++;
	if (t->before_entered.ns)
		stretch_count(&t->loop, t->before_entered.ns);
	if (t->before_entered.ns > t->loop.at_once_max_ns)
		t->loop.at_once_max_ns = t->before_entered.ns;
	if (computed > t->loop.at_once_computed_max_ns)
		t->loop.at_once_computed_max_ns = computed;
	if (t->before_entered.ns >= WIRE_SEGMENT_NS)
		round_send(t);
	t->polled = t->entered;
	t->entered.at_ns = 0;
	return 0;
}

/*
 * The pending wait is one for several files; all before it is settled. The look that is under way,
 * if it was seen, did not return at once then, but for one of another kind.
 */
static __always_inline void round_sleeps(struct thread *t)
{
	struct instant at = {t->off_ns, t->waits_ns, t->run_queue_ns};
	long number = t->pending.syscall;

	if (number < 0 || number >= WIRE_SYSCALLS || cfg_syscall_args[number] != WIRE_ARGS_EPOLL)
		round_at_once(t);
	t->entered.at_ns = 0;
	t->before_poll = stretch_between(&t->polled, &at);
}

/* The thread blocks. In something else, its look has returned: the round before it is told before
 * what it waits for now. */
static __always_inline void round_blocks(struct thread *t)
{
	if (t->pending.loops)
		round_sleeps(t);
	else
		round_at_once(t);
}

/* The look that slept is over, and with it begins the next stretch: but if, as this comes late, it
 * has looked again. */
static __always_inline void round_close(struct thread *t, __u64 wait_ns)
{
	t->loop.polls++;
	if (t->before_poll.ns)
		stretch_count(&t->loop, t->before_poll.ns);
	if (t->off_ns + wait_ns > t->polled.at_ns)
		t->polled = (struct instant){t->off_ns + wait_ns, t->waits_ns, t->run_queue_ns};
}

/*
 * The current thread looks for events. When it got its CPU is not settled until it leaves it, as
 * the kernel's account of the stay is not: what a wait before this was is told from what is known
 * so far. Of the first look that is seen nobody knows when the one before it was. run_delay: the
 * kernel's total by now.
 */
static __always_inline void poll_note(struct thread *t, __u64 run_delay, __u64 now)
{
	struct instant at = {now, t->waits_ns, t->run_queue_ns}, from = t->polled;
	bool unsettled = t->off_ns && t->on_ns > t->off_ns;
	__u64 off = unsettled ? t->on_ns - t->off_ns : 0;
	__u64 delay = unsettled ? run_delay - t->run_delay : 0;

	if (delay > off)
		delay = off;
	at.run_queue_ns += delay;
	if (t->blocked)
		at.waits_ns += off - delay;
	if (unsettled && t->blocked && t->pending.loops && t->on_ns - delay > from.at_ns) {
		from.at_ns = t->on_ns - delay;
		from.waits_ns = at.waits_ns;
		from.run_queue_ns = at.run_queue_ns - delay;
	}
	if (!t->polls_seen)
		from.at_ns = 0;
	t->before_entered = stretch_between(&from, &at);
	t->entered = at;
}

/* Whether a thread that may be an event loop has not been seen to look for events for long. */
static __always_inline bool round_is_long(
	const struct thread *t, const struct task_struct *task, __u64 now)
{
	__u64 since = t->start_ns;

	if (!t->loop.polls && task->pid != task->tgid)
		return false;
	if (t->polled.at_ns > since)
		since = t->polled.at_ns;
	if (t->entered.at_ns > since)
		since = t->entered.at_ns;
	/* That it got its CPU after such a wait is not settled yet. */
	if (t->off_ns && t->blocked && t->pending.loops && t->on_ns > since)
		since = t->on_ns;
	return now > since + WIRE_RESTLESS_NS;
}

#endif
