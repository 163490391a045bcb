/*
 * walk: through all tasks of the system, once each: to find the target's threads when measuring
 * starts, to close their records when it ends, and to look at them in between.
 */
#ifndef CONCADVISE_WALK_BPF_H
#define CONCADVISE_WALK_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "event.bpf.h"
#include "glance.bpf.h"
#include "life.bpf.h"
#include "report.bpf.h"
#include "rights.bpf.h"
#include "running.bpf.h"
#include "site.bpf.h"
#include "thread.bpf.h"
#include "view.bpf.h"
#include "wait.bpf.h"

#define ANCESTORS 32 /* how far up the tree of processes a target is looked for */

const volatile bool cfg_follow;
const volatile bool cfg_launch;
const volatile int cfg_self; /* the tool, in its user's view: never measured */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, int); /* tgid in the user's view */
	__type(value, __u8);
} targets SEC(".maps");

static __noinline bool task_is_target(struct task_struct *task)
{
	struct task_struct *at = BPF_CORE_READ(task, group_leader);

	if (view_pid(at) == cfg_self)
		return false;
	for (int i = 0; i < ANCESTORS && at; i++) {
		int tgid = view_pid(at);

		if (tgid && bpf_map_lookup_elem(&targets, &tgid))
			return true;
		if (!cfg_follow)
			return false;
		at = BPF_CORE_READ(at, real_parent, group_leader);
		if (BPF_CORE_READ(at, pid) <= 1)
			return false;
	}
	loss_count(WIRE_LOST_DEPTH);
	return false;
}

static __always_inline void thread_found(struct thread *t, struct task_struct *task, __u64 now)
{
	__u32 state = task->__state;

	thread_open(t, task, now);
	t->held = cfg_launch;
	if (task->on_cpu) {
		t->on_ns = now;
		t->on_cpu = 1;
		t->met_running = 1;
		running_change(&running, 1, now);
	} else {
		t->off_ns = now;
		t->blocked = (state & (TASK_STATES | TASK_FROZEN)) != 0;
		t->open = t->blocked;
		if (t->blocked && !t->held)
			wait_note(t, task, state & (TASK_STATES | TASK_FROZEN), REACH_OTHERS);
	}
	if (!t->held)
		thread_announce(t, task, now, true);
}

/* Opens the records of the threads that run already. A full ring: the tool empties it and comes
 * again. */
SEC("iter.s/task")
int find_threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct process *process;
	struct thread *t;
	__u64 now;

	view_learn();
	if (cfg_guarded)
		rights_learn();
	if (!task || task->pid == 0 || !task_is_target(task))
		return 0;
	if (ring_is_filling())
		return 1;
	process = task->pid == task->tgid ? bpf_task_storage_get(&processes, task, NULL,
						    BPF_LOCAL_STORAGE_GET_F_CREATE)
					  : NULL;
	/* The held one is the tool's own child still, with its rights; exec decides. */
	if (cfg_guarded && !cfg_launch && !rights_cover(task)) {
		if (process && !process->left_out)
			loss_count(WIRE_LOST_RIGHTS);
		if (process)
			process->left_out = 1;
		return 0;
	}
	if (task->exit_state) /* a zombie waits for nothing, least of all for a CPU */
		return 0;
	t = thread_create(task);
	if (!t || !thread_claim(t))
		return 0;
	now = bpf_ktime_get_ns();
	if (!window_start_ns && !cfg_launch)
		window_start_ns = now;
	thread_found(t, task, now);
	t->phase = PHASE_LIVE;
	/* Once more: an exec that came before this had no record to give up. */
	if (cfg_guarded && !cfg_launch && !rights_cover(task))
		thread_leave_out(t, task, now);
	return 0;
}

/*
 * Where the threads wait that were blocked when they were found; once the tool has told what their
 * processes are.
 */
SEC("iter.s/task")
int find_stacks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread *t;

	if (!task || task->pid == 0)
		return 0;
	t = bpf_task_storage_get(&threads, task, NULL, 0);
	if (!t || t->held || t->phase != PHASE_LIVE)
		return 0;
	if (ring_is_filling())
		return 1;
	site_open_asleep(t, task, bpf_ktime_get_ns());
	return 0;
}

/* Of a thread that was there when the window ended: what is still open counts for the part inside
 * it. */
static __always_inline void thread_close_alive(struct thread *t, struct task_struct *task)
{
	struct process *process;

	thread_close(t, task, window_end_ns, true);
	process = bpf_task_storage_get(&processes, task, NULL, 0);
	if (process)
		process_send(process, task, t->serial, window_end_ns);
}

/* Closes the records at the end of the window. */
SEC("iter/task")
int close_threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread *t;

	if (!task || BPF_CORE_READ(task, pid) == 0)
		return 0;
	t = bpf_task_storage_get(&threads, task, NULL, 0);
	if (!t || t->held || t->phase != PHASE_LIVE || !window_end_ns)
		return 0;
	if (ring_is_filling())
		return 1;
	thread_close_alive(t, task);
	return 0;
}

/* For one who looks on: what the threads have done so far. Nothing is changed. */
SEC("iter/task")
int look_threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct thread *t;

	if (!task || BPF_CORE_READ(task, pid) == 0)
		return 0;
	t = bpf_task_storage_get(&threads, task, NULL, 0);
	if (t && !t->held && t->phase == PHASE_LIVE)
		glance_write(ctx->meta->seq, t, task, bpf_ktime_get_ns());
	return 0;
}

#endif
