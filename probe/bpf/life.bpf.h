/*
 * life: a thread's record from when it is opened to when it is closed, as the thread comes to a CPU
 * and leaves it; and the window in which all of that counts.
 */
#ifndef CONCADVISE_LIFE_BPF_H
#define CONCADVISE_LIFE_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "account.bpf.h"
#include "event.bpf.h"
#include "lock.bpf.h"
#include "report.bpf.h"
#include "round.bpf.h"
#include "running.bpf.h"
#include "site.bpf.h"
#include "thread.bpf.h"
#include "wait.bpf.h"
#include "wire.h"

#define TASK_STATES \
	0xf /* interruptible, uninterruptible, stopped, traced: all that tells how it waits */

#define PF_EXITING 0x4

/* Written by the tool, and for a launch by the exec that opens the window. */
__u64 window_start_ns;
__u64 window_end_ns;
__u32 serials;
__u32 living; /* threads that were not seen to exit: exact for a launch, of which all are seen to
		 come */
__u32 opened_serial; /* threads of lower numbers were there before the window opened (again) */
__s32 dying; /* threads between their exit and their last switch: no iterator finds them any more */

static __always_inline bool window_is_open(void)
{
	return window_start_ns && !window_end_ns;
}

static __always_inline void thread_open(struct thread *t, struct task_struct *task, __u64 now)
{
	t->start_ns = now;
	t->executed = task->se.sum_exec_runtime;
	t->utime = task->utime;
	t->stime = task->stime;
	t->run_delay = task->sched_info.run_delay;
	t->nvcsw = task->nvcsw;
	t->faults_first = t->faults = t->faults_sent = task->min_flt;
}

static __always_inline struct thread *thread_create(struct task_struct *task)
{
	struct thread *t =
		bpf_task_storage_get(&threads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!t)
		loss_count(WIRE_LOST_THREAD);
	else if (!t->serial)
		t->serial = __sync_fetch_and_add(&serials, 1) + 1;
	return t;
}

static __always_inline bool thread_claim(struct thread *t)
{
	return __sync_val_compare_and_swap(&t->phase, PHASE_NEW, PHASE_CLAIMED) == PHASE_NEW;
}

/* Of the current thread. A function of its own to the verifier: its branches are walked through
 * once, not for every way that leads to it. */
__noinline int wait_begin(struct thread *t, __u32 state)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!t)
		return 0;
	wait_note(t, task, state, REACH_CURRENT);
	round_blocks(t);
	if (cfg_sites && t->pending.futex_address)
		lock_enter(t);
	return 0;
}

/* It was killed in the system call in which it waited: nothing of that ended the wait. */
static __always_inline bool wait_is_cut(struct thread *t, struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	return t->blocked && t->off_ns && (long)regs->orig_ax == t->pending.syscall;
}

/* What it did until it left the CPU. */
static __always_inline void thread_settle(struct thread *t, struct task_struct *task, __u64 now)
{
	__u64 cpu_before = t->cpu_ns;

	if ((task->flags & PF_EXITING) && wait_is_cut(t, task))
		t->open = 1;
	cpu_settle(t, task->se.sum_exec_runtime, now);
	off_settle(t, task->sched_info.run_delay, now, false);
	t->cpu_before_ns += t->cpu_ns - cpu_before;
	t->off_ns = now;
	t->on_cpu = 0;
	t->run_delay = task->sched_info.run_delay;
	t->nvcsw = task->nvcsw;
	t->faults = task->min_flt;
}

static __always_inline void thread_leaves(
	struct thread *t, struct task_struct *task, __u32 state, __u64 now)
{
	thread_settle(t, task, now);
	t->blocked = state != 0;
	if (t->blocked) {
		t->voluntary++;
		wait_begin(t, state & (TASK_STATES | TASK_FROZEN));
		/* Not from there: before Linux 6.13 a chain of calls shares 512 bytes of stack. */
		if (cfg_sites)
			site_open(t, now);
	} else {
		t->involuntary++;
	}
}

static __always_inline void thread_arrives(
	struct thread *t, struct task_struct *task, struct task_struct *leader, __u64 now)
{
	t->on_ns = now;
	t->on_cpu = 1;
	if (cfg_sites && (t->site_stack || t->lock_wait))
		site_look(t, task, leader);
}

/*
 * Some kernels hide switches of some tasks. A thread that comes, though it is on a CPU or has run
 * since it left one, has left unseen: then the kernel's own account tells when and whether to wait,
 * and its registers still tell for what. Who waited before it ran unseen is taken to have gone on
 * waiting so: when that ended nobody knows.
 */
static __noinline void thread_catch_up(struct thread *t, struct task_struct *task, __u64 now)
{
	__u64 ran = task->se.sum_exec_runtime - t->executed;
	bool blocked = task->nvcsw != t->nvcsw, stayed = t->on_cpu;
	__u64 left;

	if (!stayed && t->blocked)
		return;
	if (!stayed)
		t->on_ns = t->off_ns + (task->sched_info.run_delay - t->run_delay);
	left = t->on_ns + ran < now ? t->on_ns + ran : now;
	running_mend(&running, stayed ? now - left : ran, stayed ? -1 : 1);
	thread_settle(t, task, left);
	t->blocked = blocked;
	if (blocked) {
		t->voluntary++;
		wait_note(t, task, TASK_INTERRUPTIBLE, REACH_NONE);
		round_blocks(t);
	} else {
		t->involuntary++;
	}
}

/* Closes a record that still stands when the window has closed, or has to be given up: what is open
 * counts up to then. */
static __always_inline void thread_close(
	struct thread *t, struct task_struct *task, __u64 end_ns, bool alive)
{
	if (__sync_val_compare_and_swap(&t->phase, PHASE_LIVE, PHASE_CLOSED) != PHASE_LIVE)
		return;
	/* Met on a CPU, never seen to leave it, and not there: it can have left as it was met. */
	if (t->on_cpu && t->met_running && !task->on_cpu) {
		running_change(&running, 0, end_ns); /* only what is booked can be mended */
		thread_catch_up(t, task, end_ns);
	}
	if (t->on_cpu) {
		off_settle(t, task->sched_info.run_delay, end_ns, false);
		cpu_close(t, end_ns);
	} else {
		t->on_ns = end_ns;
		off_settle(t, task->sched_info.run_delay, end_ns, true);
	}
	thread_send(t, task, end_ns, alive);
}

/* Its program may do more than the user: from here on it is none of his business, nor are its
 * children. */
static __noinline int thread_leave_out(struct thread *t, struct task_struct *task, __u64 now)
{
	if (!t)
		return 0;
	if (!t->held) {
		if (t->on_cpu)
			running_change(&running, -1, now);
		thread_close(t, task, now, false);
	}
	bpf_task_storage_delete(&threads, task);
	loss_count(WIRE_LOST_RIGHTS);
	return 0;
}

static __always_inline void thread_buried(struct thread *t)
{
	if (t->dying)
		__sync_fetch_and_add(&dying, -1);
}

#endif
