/*
 * event: sending to the tool through one ring, and counting what could not be sent.
 *
 * No record wakes the tool; it comes by itself every few milliseconds, and is woken only when a
 * quarter of the ring is full (a wake-up per record can cost the target up to 30 %, bcc#3689).
 */
#ifndef CONCADVISE_EVENT_BPF_H
#define CONCADVISE_EVENT_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "wire.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} events SEC(".maps");

__u64 losses[WIRE_LOSSES];

static __always_inline void loss_count(enum wire_loss what)
{
	__sync_fetch_and_add(&losses[what], 1);
}

static __always_inline void *event_reserve(__u64 size)
{
	void *event = bpf_ringbuf_reserve(&events, size, 0);

	if (!event)
		loss_count(WIRE_LOST_EVENT);
	return event;
}

static __always_inline void event_head(
	struct wire_header *h, enum wire_type type, __u32 thread, __u64 at_ns)
{
	h->type = type;
	h->thread = thread;
	h->at_ns = at_ns;
}

static __always_inline __u64 ring_fill(void)
{
	return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA);
}

static __always_inline __u64 ring_size(void)
{
	return bpf_ringbuf_query(&events, BPF_RB_RING_SIZE);
}

/* What can be done without, or later, is. */
static __always_inline bool ring_is_filling(void)
{
	return ring_fill() > ring_size() / 2;
}

static __always_inline __u64 event_wake(void)
{
	return ring_fill() > ring_size() / 4 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

static __always_inline void event_submit(void *event)
{
	bpf_ringbuf_submit(event, event_wake());
}

/* The same for what is of variable size. */
static __always_inline bool event_output(void *event, __u64 size)
{
	if (bpf_ringbuf_output(&events, event, size, event_wake()) == 0)
		return true;
	loss_count(WIRE_LOST_EVENT);
	return false;
}

#endif
