/*
 * glance: what a thread has done so far, for one who looks on while measuring goes on.
 *
 * It only reads: the thread may run on another CPU meanwhile, and is not to notice. What is torn by
 * that (a slot that makes room just now) is left out, and is seen at the next look.
 */
#ifndef CONCADVISE_GLANCE_BPF_H
#define CONCADVISE_GLANCE_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "thread.bpf.h"
#include "wire.h"

/* The time off the CPU that is not settled yet, divided as off_settle() would. Returns what of it
 * is waiting. */
static __always_inline __u64 glance_off(
	struct wire_glance_thread *g, struct thread *t, struct task_struct *task, __u64 now)
{
	__u64 until = t->on_cpu ? t->on_ns : now, off, delay;

	if (!t->off_ns || until <= t->off_ns)
		return 0;
	off = until - t->off_ns;
	delay = BPF_CORE_READ(task, sched_info.run_delay) - t->run_delay;
	if (delay > off || (!t->on_cpu && !t->blocked))
		delay = off;
	g->run_queue_ns += delay;
	if (t->blocked)
		return off - delay;
	g->stolen_ns += off - delay;
	return 0;
}

/* Returns the length of the wait that is not settled; 0: there is none. */
static __always_inline __u64 glance_thread(
	struct wire_glance_thread *g, struct thread *t, struct task_struct *task, __u64 now)
{
	g->thread = t->serial;
	g->cpu_ns = t->cpu_ns;
	g->run_queue_ns = t->run_queue_ns;
	g->stolen_ns = t->stolen_ns;
	if (t->on_cpu && now > t->on_ns)
		g->cpu_ns += now - t->on_ns;
	g->user_ticks_ns = BPF_CORE_READ(task, utime) - t->utime;
	g->kernel_ticks_ns = BPF_CORE_READ(task, stime) - t->stime;
	bpf_probe_read_kernel_str(g->comm, sizeof(g->comm), task->comm);
	return glance_off(g, t, task, now);
}

static __always_inline void glance_wait(
	struct seq_file *seq, const struct wire_wait_key *key, __u64 count, __u64 total_ns)
{
	struct wire_glance_wait w = {.key = *key, .count = count, .total_ns = total_ns};

	bpf_seq_write(seq, &w, sizeof(w));
}

static __always_inline void glance_slot(struct seq_file *seq, const volatile struct slot *slot)
{
	struct wire_glance_wait w = {
		.count = slot->sums.count,
		.total_ns = slot->sums.total_ns,
	};

	barrier();
	w.key = *(const struct wire_wait_key *)&slot->key;
	barrier();
	/* It made room meanwhile: these are no longer the sums of that kind. */
	if (slot->sums.count < w.count)
		w.count = w.total_ns = 0;
	bpf_seq_write(seq, &w, sizeof(w));
}

/* Piece by piece: all of it is too large for the stack. If the buffer has no room for one, the
 * kernel drops those before it and comes again to this thread. */
static __always_inline void glance_write(
	struct seq_file *seq, struct thread *t, struct task_struct *task, __u64 now)
{
	struct wire_glance_thread g = {};
	__u64 open_ns = glance_thread(&g, t, task, now);

	bpf_seq_write(seq, &g, sizeof(g));
	glance_wait(seq, &t->pending, open_ns > 0, open_ns);
	for (int i = 0; i < WIRE_SLOTS; i++)
		glance_slot(seq, &t->slots[i]);
}

#endif
