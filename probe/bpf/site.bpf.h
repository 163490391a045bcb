/*
 * site: which waits and samples get their place in the program taken: by chance, with a probability
 * that is known and sent along as a weight, so that all estimates from them are unbiased.
 *
 * Two chances in a row, one of the kind of wait of a thread, then one of the CPU; each is
 * 1/2^shift, and its shift follows from when one was taken before, so that the rate of stacks is
 * held, and of the CPU also what they cost. What the CPU can afford goes to long waits first: time
 * is what is asked for, and a wait of 50 ms holds as much of it as fifty of 1 ms.
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
#define SITE_SHIFT_MAX 16 /* 2^10 switches for a stack, beside 2^SITE_EASE_MAX of eased ones */
/* A kind of wait that usually takes 2^n times as long as this (about what is kept one by one, see
 * WIRE_SEGMENT_NS) is taken 2^n times as often, up to n = SITE_EASE_MAX. */
#define SITE_EASE_NS 1000000
#define SITE_EASE_MAX 6
/* Stacks of waits cost a CPU one part in so many, and those of samples too: 0.4 % each. */
#define SITE_COST_PART 250
#define SITE_COST_MEAN 8 /* over so many stacks */
/*
 * So many in a row are all taken, if the pause after them makes up for it. What a program does is
 * mostly a handful of short waits and then the long one that it is about, which without this would
 * be met by the chance that the short ones left.
 */
#define SITE_BURST 32

const volatile bool cfg_sites = true;
const volatile __u64 cfg_capture_ns = 1000000; /* between two stacks of a CPU, aimed at */

/* Places are taken from then on: as soon as the tool has told which of the processes found run
 * CPython. */
__u64 sites_since_ns;

/* Of a CPU. */
struct cpu_capture {
	struct capture capture;
	__u64 cost_ns; /* of one stack, as a moving mean */
};

struct cpu_captures {
	struct cpu_capture waits, samples;
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

/* One is taken now, with the probability of shift. At the rate aimed at, due_ns is when all that
 * were taken would have been. */
static __always_inline void capture_note(struct capture *c, __u32 shift, __u64 aim_ns, __u64 now)
{
	__u64 due_ns = (c->due_ns > now ? c->due_ns : now) + aim_ns, most_ns = SITE_BURST * aim_ns;

	if (due_ns - now > most_ns) {
		due_ns = now + most_ns;
		if (now - c->taken_ns < aim_ns && shift < SITE_SHIFT_MAX)
			shift++;
	}
	c->due_ns = due_ns;
	c->shift = shift;
	c->taken_ns = now;
}

static __always_inline __u64 cpu_aim(const struct cpu_capture *c)
{
	__u64 dear_ns = c->cost_ns * SITE_COST_PART;

	return dear_ns > cfg_capture_ns ? dear_ns : cfg_capture_ns;
}

static __always_inline __u32 cpu_take(
	struct cpu_capture *c, __u32 shift, struct thread *t, __u64 now)
{
	__u64 begun_ns = bpf_ktime_get_ns();
	__u32 stack = stack_take(t, now);

	capture_note(&c->capture, shift, cpu_aim(c), now);
	c->cost_ns +=
		(bpf_ktime_get_ns() - begun_ns) / SITE_COST_MEAN - c->cost_ns / SITE_COST_MEAN;
	return stack;
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

/*
 * By how much a CPU's shift is eased for a kind of wait. What has no past could be long: a stall
 * that comes once. The CPU's rate is held all the same, by a higher shift for all.
 */
__noinline __u32 shift_ease(struct thread *t)
{
	const struct wire_sums *sums;
	__u32 ease = 0;
	__u64 usual_ns;

	if (!t || t->slot >= WIRE_SLOTS)
		return SITE_EASE_MAX;
	sums = &t->slots[t->slot].sums;
	usual_ns = sums->count ? sums->total_ns / sums->count : ~0ULL;
	for (int i = 0; i < SITE_EASE_MAX && usual_ns >= 2 * SITE_EASE_NS; i++) {
		usual_ns /= 2;
		ease++;
	}
	return ease;
}

/* It is the turn of this kind of wait; of_slot: one in so many, as a shift. Now the CPU's chance.
 */
__noinline int site_open_by_cpu(struct thread *t, __u32 of_slot, __u64 now)
{
	__u32 zero = 0, shift, ease, of_cpu;
	struct cpu_captures *cpu = bpf_map_lookup_elem(&captures, &zero);

	if (!t || !cpu)
		return 0;
	shift = capture_shift(&cpu->waits.capture, cpu_aim(&cpu->waits), now);
	ease = shift ? shift_ease(t) : 0;
	of_cpu = shift > ease ? shift - ease : 0;
	if (!chance(of_cpu))
		return 0;
	if (t->slot < WIRE_SLOTS)
		capture_note(&t->slots[t->slot].capture, of_slot, SITE_SLOT_NS, now);
	t->site_stack = cpu_take(&cpu->waits, shift, t, now);
	t->site_weight = 1U << (of_slot + of_cpu);
	return 1;
}

/* What the current thread holds while it waits. */
__noinline int site_open_locks(struct thread *t)
{
	struct task_struct *task = bpf_get_current_task_btf(), *leader = task->group_leader;

	if (!t)
		return 0;
	t->site_held = gil_held(task, leader);
	t->site_wanted = lock_is_wanted(leader, t->site_held);
	t->site_holds = mutex_held();
	return 1;
}

/* The current thread begins to wait, for what is pending. */
__noinline int site_open(struct thread *t, __u64 now)
{
	__u32 at = slot_find(t), of_slot = 0;

	if (!t)
		return 0;
	t->slot = at;
	t->site_stack = 0;
	if (now < sites_since_ns)
		return 0;
	if (at < WIRE_SLOTS)
		of_slot = capture_shift(&t->slots[at].capture, SITE_SLOT_NS, now);
	return chance(of_slot) && site_open_by_cpu(t, of_slot, now) && site_open_locks(t);
}

/* The same for a thread that waits since before; it can wake up any moment. */
static __always_inline void site_open_asleep(struct thread *t, struct task_struct *task, __u64 now)
{
	__u64 switches = task->nvcsw + task->nivcsw;
	__u32 stack;

	if (task->on_cpu || t->on_cpu || !t->blocked || t->off_ns >= sites_since_ns)
		return;
	stack = stack_take_asleep(t, task, now);
	if (task->on_cpu || task->nvcsw + task->nivcsw != switches)
		return;
	t->site_weight = 1;
	t->site_held = -1;
	t->site_wanted = 0;
	t->site_holds = 0;
	t->site_stack = stack;
}

/* The thread is back on a CPU: who came to wait for what it holds is known now. */
static __noinline int site_look(
	struct thread *t, struct task_struct *task, struct task_struct *leader)
{
	struct process *process = bpf_task_storage_get(&processes, leader, NULL, 0);

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
	if (!cpu || now < sites_since_ns)
		return 0;
	shift = capture_shift(&cpu->samples.capture, cpu_aim(&cpu->samples), now);
	if (!chance(shift))
		return 0;
	*ret_weight = 1U << shift;
	return cpu_take(&cpu->samples, shift, t, now);
}

#endif
