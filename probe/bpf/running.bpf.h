/*
 * running: how long how many measured threads were on a CPU at once, over all and per process.
 *
 * Two atomics at each change of the number; a switch from one measured thread to another of the
 * same process changes nothing. Two CPUs that change it at the same instant can book some
 * nanoseconds one row off.
 */
#ifndef CONCADVISE_RUNNING_BPF_H
#define CONCADVISE_RUNNING_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "wire.h"

#define MUTEXES_WANTED 8

/* A mutex that threads of the process are blocked on. See lock.bpf.h. */
struct mutex_wanted {
	__u64 word, owner_at;
	__u32 owner; /* as the last one who blocked on it read it */
	__s32 waiters;
};

struct process {
	struct wire_running running;
	__s32 lock_waiters; /* threads blocked on the runtime's global lock */
	struct mutex_wanted wanted[MUTEXES_WANTED];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct process); /* kept with the group leader */
} processes SEC(".maps");

struct wire_running running;

static __always_inline void running_change(struct wire_running *r, int by, __u64 now)
{
	__s64 n = __sync_fetch_and_add(&r->threads, by);
	__u64 since = __sync_lock_test_and_set(&r->since_ns, now);

	if (n < 0)
		n = 0;
	if (n >= WIRE_RUNNING)
		n = WIRE_RUNNING - 1;
	if (since && now > since)
		__sync_fetch_and_add(&r->ns[n], now - since);
}

/*
 * A thread ran that was not seen to arrive: until now, for so long, beside as many as run now. It
 * is taken from the time in which one less was counted.
 */
static __always_inline void running_add_unseen(struct wire_running *r, __u64 ran_ns, __u64 now)
{
	__s64 n;

	running_change(r, 0, now);
	n = r->threads;
	if (n < 0 || n >= WIRE_RUNNING - 1)
		return;
	if (ran_ns > r->ns[n])
		ran_ns = r->ns[n];
	__sync_fetch_and_add(&r->ns[n], -ran_ns);
	__sync_fetch_and_add(&r->ns[n + 1], ran_ns);
}

static __always_inline bool process_change(struct task_struct *task, int by, __u64 now)
{
	struct process *process = bpf_task_storage_get(&processes, task->group_leader, NULL, 0);

	if (process)
		running_change(&process->running, by, now);
	return process != NULL;
}

/* Only processes with several threads are worth their own count: of the others it is their CPU
 * time. */
static __always_inline bool process_enter(struct task_struct *task, __u64 now)
{
	return task->signal->nr_threads > 1 && process_change(task, 1, now);
}

#endif
