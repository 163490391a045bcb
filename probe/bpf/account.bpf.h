/*
 * account: dividing a thread's time into running, waiting for a CPU, and waiting for something.
 *
 * All of it happens when a thread leaves the CPU: only then does the kernel's own run_delay include
 * the waiting for a CPU of the interval before, so that no wake-up needs a hook.
 */
#ifndef CONCADVISE_ACCOUNT_BPF_H
#define CONCADVISE_ACCOUNT_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "answer.bpf.h"
#include "bucket.bpf.h"
#include "event.bpf.h"
#include "round.bpf.h"
#include "site.bpf.h"
#include "thread.bpf.h"
#include "wire.h"

static __always_inline void slot_send(struct thread *t, struct slot *slot, __u64 now)
{
	struct wire_wait *w = event_reserve(sizeof(*w));

	if (!w) {
		t->unaccounted_ns += slot->sums.total_ns;
		loss_count(WIRE_LOST_WAIT);
		return;
	}
	event_head(&w->h, WIRE_WAIT, t->serial, now);
	w->key = slot->key;
	w->sums = slot->sums;
	event_submit(w);
}

/* In 64 bits, and in one register from the test on: the verifier of Linux 6.1 sees no further. */
static __always_inline struct slot *slot_at(struct thread *t, __u64 i)
{
	barrier_var(i);
	if (i >= WIRE_SLOTS)
		i = 0;
	barrier_var(i);
	return &t->slots[i];
}

/* The slot of the pending wait; the oldest one is sent on to make room for a new kind. */
static __noinline struct slot *slot_of_pending(struct thread *t, __u64 now)
{
	struct slot *slot = slot_at(t, t->slot);
	__u32 at;

	if (slot->key.hash == t->pending.hash)
		return slot;
	at = slot_find(t);
	if (at < WIRE_SLOTS)
		return &t->slots[at];
	slot = slot_at(t, t->victim);
	t->victim = t->victim + 1 < WIRE_SLOTS ? t->victim + 1 : 0;
	if (slot->sums.count)
		slot_send(t, slot, now);
	__builtin_memset(&slot->sums, 0, sizeof(slot->sums));
	slot->key = t->pending;
	slot->capture = (struct capture){.taken_ns = t->site_stack ? t->off_ns : 0};
	return slot;
}

static __always_inline void sums_add(
	struct wire_sums *s, const struct thread *t, __u64 wait_ns, bool open)
{
	__u32 bucket = bucket_index(wait_ns);

	s->count++;
	s->open += open;
	s->asked += t->asked;
	s->continued += t->continued;
	s->total_ns += wait_ns;
	if (wait_ns >= s->max_ns) {
		s->max_ns = wait_ns;
		s->owner_of_max = t->pending.owner;
	}
	if (bucket < WIRE_SHORT_BUCKETS)
		s->short_count[bucket]++;
}

static __noinline int segment_send(
	struct thread *t, __u64 wait_ns, __u64 delay_ns, const struct wire_stretch *stretch)
{
	struct wire_segment *s = event_reserve(sizeof(*s));

	if (!s)
		return 0;
	event_head(&s->h, WIRE_SEGMENT, t->serial, t->off_ns);
	s->key = t->pending;
	s->wait_ns = wait_ns;
	s->run_queue_ns = delay_ns;
	s->cpu_before_ns = t->cpu_before_ns;
	s->run_queue_before_ns = t->run_queue_before_ns;
	s->waits_before_ns = t->waits_before_ns;
	s->waits_before = t->waits_before;
	s->begun_before = t->begun_before;
	s->stretch = *stretch;
	s->continued = t->continued;
	s->faults_before = (__u32)(t->faults - t->faults_sent);
	event_submit(s);
	t->faults_sent = t->faults;
	t->cpu_before_ns = t->run_queue_before_ns = t->waits_before_ns = 0;
	t->waits_before = t->begun_before = 0;
	return 1;
}

/* The pending wait lasted wait_ns, and then the thread waited delay_ns for a CPU. */
__noinline int wait_close(struct thread *t, __u64 wait_ns, __u64 delay_ns, __u64 now, bool open)
{
	const struct wire_stretch none = {0}, *stretch = &none;
	struct slot *slot;
	bool sent = false;

	if (!t)
		return 0;
	slot = slot_of_pending(t, now);
	sums_add(&slot->sums, t, wait_ns, open || t->open);
	t->open = 0;
	t->waits_ns += wait_ns;
	if (t->pending.loops) {
		stretch = &t->before_poll;
		round_close(t, wait_ns);
	}
	t->run_queue_ns += delay_ns; /* after a poll, in the stretch that it begins */
	if (cfg_sites)
		site_close(t, wait_ns);
	if (wait_ns >= WIRE_SEGMENT_NS || stretch->ns >= WIRE_SEGMENT_NS)
		sent = segment_send(t, wait_ns, delay_ns, stretch);
	if (!sent) {
		t->waits_before_ns += wait_ns;
		t->waits_before++;
		t->begun_before += answer_begins(t);
		t->run_queue_before_ns += delay_ns;
	}
	return 0;
}

__noinline int slots_send(struct thread *t, __u64 now)
{
	for (__u32 i = 0; t && i < WIRE_SLOTS; i++)
		if (t->slots[i].sums.count)
			slot_send(t, &t->slots[i], now);
	return 0;
}

/*
 * The kernel's stay in the queue begins before the tracepoint that off_ns is from: what is more
 * than the interval was booked as stolen. Of a thread that was found in the queue, the part before
 * the window is cut.
 */
static __always_inline __u64 delay_fit(struct thread *t, __u64 delay, __u64 off)
{
	__u64 more = delay - off;

	if (more > t->stolen_ns)
		return off;
	t->stolen_ns -= more;
	return delay;
}

/* Settles the time off the CPU that ended at on_ns. run_delay: the kernel's total by now. open: the
 * window's end cut it. */
__noinline int off_settle(struct thread *t, __u64 run_delay, __u64 now, bool open)
{
	__u64 off, delay;

	if (!t || !t->off_ns || t->on_ns < t->off_ns)
		return 0;
	off = t->on_ns - t->off_ns;
	delay = run_delay - t->run_delay;
	if (open && !t->blocked)
		delay = off;
	if (delay > off)
		delay = delay_fit(t, delay, off);
	if (t->behind_own && !open)
		t->run_queue_own_ns += delay;
	if (t->blocked) {
		wait_close(t, off > delay ? off - delay : 0, delay, now, open);
	} else {
		t->run_queue_ns += delay;
		t->run_queue_before_ns += delay;
		t->stolen_ns += off > delay ? off - delay : 0;
	}
	t->off_ns = 0;
	return 0;
}

/*
 * Settles the stay on the CPU that ends now, and with it when it began. The kernel's own account is
 * what getrusage() tells: it starts a little before the tracepoint (on_ns moves), and it excludes
 * what a hypervisor took and the way through the scheduler (stolen).
 */
__noinline int cpu_settle(struct thread *t, __u64 total, __u64 now)
{
	__u64 ran, stay, earliest;

	if (!t)
		return 0;
	ran = total - t->executed;
	earliest = t->met_running ? t->on_ns : t->off_ns;

	/* The iterator of another CPU can have met it since this switch read the clock. */
	if (now < t->on_ns)
		now = t->on_ns;
	stay = now - t->on_ns;
	if (ran > now - earliest)
		ran = now - earliest;
	if (ran > stay)
		t->on_ns = now - ran;
	else
		t->stolen_ns += stay - ran;
	t->met_running = 0;
	t->executed = total;
	t->cpu_ns += ran;
	return 0;
}

/* The same for a stay that goes on: the kernel's total is only as fresh as the last tick. */
static __always_inline void cpu_close(struct thread *t, __u64 now)
{
	if (now > t->on_ns)
		t->cpu_ns += now - t->on_ns;
}

#endif
