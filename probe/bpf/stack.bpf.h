/*
 * stack: where a thread is in its program: registers, Python frames, and the top of its stack,
 * numbered and sent; what calls what is found from it in the tool.
 */
#ifndef CONCADVISE_STACK_BPF_H
#define CONCADVISE_STACK_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "event.bpf.h"
#include "python.bpf.h"
#include "room.bpf.h"
#include "thread.bpf.h"
#include "user.bpf.h"
#include "wire.h"

#define USER_CS 0x33 /* of 64-bit code; what runs 32-bit code has another stack */

__u32 stacks_sent;

static __always_inline void registers_copy(struct wire_registers *to, struct pt_regs *from)
{
	to->ip = from->ip;
	to->sp = from->sp;
	to->bp = from->bp;
	to->bx = from->bx;
	to->r12 = from->r12;
	to->r13 = from->r13;
	to->r14 = from->r14;
	to->r15 = from->r15;
}

/*
 * How much there is above sp at most: glibc has the thread's own record at the top of a stack that
 * it allocated; what lies above the first one's is its arguments. 0 of either: not known.
 */
static __always_inline __u64 stack_height(__u64 sp, __u64 pthread, __u64 start)
{
	return pthread - sp < start - sp ? pthread - sp : start - sp;
}

/* The red zone is in use too, but the page below may not be there. */
static __always_inline __u64 stack_start(__u64 sp)
{
	__u64 page = sp & ~(__u64)(USER_PAGE - 1);

	return sp - page < WIRE_RED_ZONE ? page : sp - WIRE_RED_ZONE;
}

/* Up to the first page that cannot be read. In 64 bits, and with barriers before the tests that the
 * compiler would prove away: the verifier of Linux 6.1 proves less. */
static __always_inline __u64 stack_read(
	__u8 *to, __u64 sp, __u64 whole, struct task_struct *task, enum reach reach)
{
	__u64 height = whole < WIRE_STACK_BYTES ? whole : WIRE_STACK_BYTES, done = 0;

	barrier_var(height);
	if (height > WIRE_STACK_BYTES)
		return 0;
	if (!user_read(to, height, sp, task, reach))
		return height;
	for (int i = 0; i < WIRE_STACK_BYTES / USER_PAGE + 1; i++) {
		__u64 part = USER_PAGE - ((sp + done) & (USER_PAGE - 1));

		barrier_var(done);
		if (done >= height || done > WIRE_STACK_BYTES)
			break;
		if (part > height - done)
			part = height - done;
		barrier_var(part);
		if (part > USER_PAGE || user_read(to + done, part, sp + done, task, reach))
			break;
		done += part;
	}
	return done;
}

/* The number of the stack sent; 0: there is none, or no room for it. */
static __always_inline __u32 stack_send(struct stack_room *r, struct thread *t,
	struct task_struct *task, struct pt_regs *regs, __u64 start, __u64 now, enum reach reach)
{
	struct wire_stack *s = &r->stack;
	__u64 frames, bytes;

	if (ring_is_filling()) {
		loss_count(WIRE_LOST_STACK);
		return 0;
	}
	event_head(&s->h, WIRE_STACK, t->serial, now);
	s->stack = __sync_fetch_and_add(&stacks_sent, 1) + 1;
	s->frames_count = s->frames_cut = s->reserved = 0;
	registers_copy(&s->registers, regs);
	r->pthread = task->thread.fsbase;
	r->sp = s->registers.sp;
	r->height = stack_height(r->sp, r->pthread, start);
	python_take(r, t, task, now, reach);
	frames = s->frames_count * sizeof(struct wire_python_frame);
	barrier_var(frames);
	if (frames > WIRE_PYTHON_FRAMES * sizeof(struct wire_python_frame))
		return 0;
	barrier_var(frames); /* what is kept from here on is what was tested */
	s->stack_start = stack_start(r->sp);
	bytes = stack_read((__u8 *)r->frames + frames, s->stack_start,
		r->height + (r->sp - s->stack_start), task, reach);
	barrier_var(bytes);
	if (bytes > WIRE_STACK_BYTES)
		return 0;
	barrier_var(bytes);
	s->stack_bytes = bytes;
	return event_output(s, sizeof(*s) + frames + bytes) ? s->stack : 0;
}

/* The current thread's, on its way out of the CPU or at a sample. */
__noinline __u32 stack_take(struct thread *t, __u64 now)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	__u32 zero = 0;
	struct stack_room *r = bpf_map_lookup_elem(&rooms, &zero);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	if (!t || !r || !mm || (__u16)regs->cs != USER_CS)
		return 0;
	python_learn(r, task->group_leader);
	return stack_send(
		r, t, task, regs, BPF_CORE_READ(mm, start_stack), now, REACH_CURRENT);
}

/* Another thread's, which is blocked. */
static __always_inline __u32 stack_take_asleep(
	struct thread *t, struct task_struct *task, __u64 now)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	__u32 zero = 0;
	struct stack_room *r = bpf_map_lookup_elem(&rooms_asleep, &zero);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	if (!r || !mm || (__u16)regs->cs != USER_CS)
		return 0;
	python_learn_found(r, task);
	return stack_send(
		r, t, task, regs, BPF_CORE_READ(mm, start_stack), now, REACH_OTHERS);
}

#endif
