/*
 * site: which waits and samples get their place in the program taken: by chance, with a probability
 * that is known and sent along as a weight, so that all estimates from them are unbiased.
 *
 * Two chances in a row, one of the kind of wait of a thread, then one of the CPU; each is 1/2^shift,
 * and its shift follows from when one was taken before, so that the rate of stacks is held.
 */
#ifndef CONCADVISE_SITE_BPF_H
#define CONCADVISE_SITE_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "event.bpf.h"
#include "gil.bpf.h"
#include "lock.bpf.h"
#include "stack.bpf.h"
#include "thread.bpf.h"
#include "wire.h"

/* 250 a second of each kind of wait of a thread: shares of 1 % are seen within seconds. */
#define SITE_SLOT_NS 4000000
#define SITE_SHIFT_MAX 10

const volatile bool cfg_sites = true;
const volatile __u64 cfg_capture_ns = 1000000; /* between two stacks of a CPU, aimed at */

struct cpu_captures {
	struct capture waits, samples;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu_captures);
} captures SEC(".maps");

/* One less for each doubling of the time beyond four times the aim. */
__noinline __u32 shift_fall(__u32 shift, __u64 gap_ns, __u64 aim_ns)
{
	for (int i = 0; i < SITE_SHIFT_MAX && shift && gap_ns > 4 * aim_ns; i++) {
		gap_ns /= 2;
		shift--;
	}
	return shift;
}

/* What the shift is by now. */
static __always_inline __u32 capture_shift(struct capture *c, __u64 aim_ns, __u64 now)
{
	__u64 gap_ns = now - c->taken_ns;

	if (c->shift && gap_ns > 4 * aim_ns)
		return shift_fall(c->shift, gap_ns, aim_ns);
	return c->shift;
}

/* One is taken now, with the probability of shift. */
static __always_inline void capture_note(struct capture *c, __u32 shift, __u64 aim_ns, __u64 now)
{
	if (now - c->taken_ns < aim_ns && shift < SITE_SHIFT_MAX)
		shift++;
	c->shift = shift;
	c->taken_ns = now;
}

static __always_inline bool chance(__u32 shift)
{
	return !shift || !(bpf_get_prandom_u32() & ((1U << shift) - 1));
}

__noinline __u32 slot_find(struct thread *t)
{
	for (__u32 i = 0; t && i < WIRE_SLOTS; i++)
		if (t->slots[i].key.hash == t->pending.hash)
			return i;
	return WIRE_SLOTS;
}

/* It is the turn of this kind of wait; of_slot: one in so many, as a shift. Now the CPU's chance. */
__noinline int site_open_by_cpu(struct thread *t, __u32 of_slot, __u64 now)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 zero = 0, of_cpu;
	struct cpu_captures *cpu = bpf_map_lookup_elem(&captures, &zero);

	if (!t || !cpu)
		return 0;
	of_cpu = capture_shift(&cpu->waits, cfg_capture_ns, now);
	if (!chance(of_cpu))
		return 0;
	capture_note(&cpu->waits, of_cpu, cfg_capture_ns, now);
	if (t->slot < WIRE_SLOTS)
		capture_note(&t->slots[t->slot].capture, of_slot, SITE_SLOT_NS, now);
	t->site_stack = stack_take(t, now);
	t->site_weight = 1U << (of_slot + of_cpu);
	t->site_held = gil_held(task);
	t->site_wanted = lock_is_wanted(task, t->site_held);
	t->site_holds = mutex_held();
	return 1;
}

/* The current thread begins to wait, for what is pending. */
static __always_inline void site_open(struct thread *t, __u64 now)
{
	__u32 at = slot_find(t), of_slot = 0;

	t->slot = at;
	t->site_stack = 0;
	if (at < WIRE_SLOTS)
		of_slot = capture_shift(&t->slots[at].capture, SITE_SLOT_NS, now);
	if (chance(of_slot))
		site_open_by_cpu(t, of_slot, now);
}

/* The same for a thread that was found waiting; it can wake up any moment. */
static __always_inline void site_open_asleep(struct thread *t, struct task_struct *task, __u64 now)
{
	__u64 switches = task->nvcsw + task->nivcsw;
	__u32 stack;

	if (task->on_cpu || !t->open)
		return;
	stack = stack_take_asleep(t, task, now);
	if (!t->open || task->on_cpu || task->nvcsw + task->nivcsw != switches)
		return;
	t->site_weight = 1;
	t->site_held = -1;
	t->site_wanted = 0;
	t->site_holds = 0;
	t->site_stack = stack;
}

/* The thread is back on a CPU: who came to wait for what it holds is known now. */
static __noinline int site_look(struct thread *t, struct task_struct *task)
{
	struct process *process = process_of(task);

	if (!process)
		return 0;
	lock_leave(t, process);
	if (!t->site_stack)
		return 0;
	if (t->site_held == 1 && process->lock_waiters > 0)
		t->site_wanted = 1;
	if (!t->site_holds)
		t->site_holds = mutex_held_by(process, own_tid(task));
	return 0;
}

/* The wait has ended. */
static __always_inline void site_close(struct thread *t, __u64 wait_ns)
{
	struct wire_site *s;

	if (!t->site_stack)
		return;
	s = event_reserve(sizeof(*s));
	if (s) {
		event_head(&s->h, WIRE_SITE, t->serial, t->off_ns);
		s->key = t->pending;
		s->wait_ns = wait_ns;
		s->holds = t->site_holds;
		s->stack = t->site_stack;
		s->weight = t->site_weight;
		s->lock_held = t->site_held;
		s->lock_wanted = t->site_wanted;
		s->reserved = s->reserved2 = 0;
		event_submit(s);
	}
	t->site_stack = 0;
}

/* A sample of the current thread: the stack that belongs to it, and for how many it stands. */
static __always_inline __u32 site_sample(struct thread *t, __u64 now, __u32 *ret_weight)
{
	__u32 zero = 0, shift;
	struct cpu_captures *cpu = bpf_map_lookup_elem(&captures, &zero);

	*ret_weight = 0;
	if (!cpu)
		return 0;
	shift = capture_shift(&cpu->samples, cfg_capture_ns, now);
	if (!chance(shift))
		return 0;
	capture_note(&cpu->samples, shift, cfg_capture_ns, now);
	*ret_weight = 1U << shift;
	return stack_take(t, now);
}

#endif
