/*
 * running: how long how many measured threads were on a CPU at once, over all and per process.
 *
 * Two atomics at each change of the number; a switch from one measured thread to another of the
 * same process changes nothing. Threads that wake each other change it on two CPUs in the same
 * instant, over and over: only a single word for the number and its time books each interval right.
 */
#ifndef CONCADVISE_RUNNING_BPF_H
#define CONCADVISE_RUNNING_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "event.bpf.h"
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
	__u32 left_out;     /* it is known that the user has no right to see it */
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

/* Each try that fails is another CPU's that did not: as many as CPUs can come in between at once.
 */
#define RUNNING_TRIES 64
#define RUNNING_OWED_NS 50000 /* so little of a thread's time may not be booked yet */

static __always_inline void running_book(struct wire_running *r, __u32 row, __u64 ns)
{
	barrier_var(row); /* the verifier is to see the test, however the row was made */
	if (row < WIRE_RUNNING)
		__sync_fetch_and_add(&r->ns[row], ns);
}

static __always_inline bool running_try(struct wire_running *r, int by, __u64 now)
{
	__u64 before = *(volatile __u64 *)&r->state;
	__u64 passed = wire_running_since(before, now);
	__u64 at = passed || !before ? now : before >> WIRE_RUNNING_BITS;

	if (__sync_val_compare_and_swap(&r->state, before, wire_running_state(at, before + by)) !=
		before)
		return false;
	if (passed)
		running_book(r, wire_running_row(before), passed);
	return true;
}

struct running_retry {
	struct wire_running *running;
	__u64 now;
	int by;
	bool done;
};

static long running_try_again(__u32 try, struct running_retry *retry)
{
	retry->done = running_try(retry->running, retry->by, retry->now);
	return retry->done; /* which ends it */
}

/* A function of its own to the verifier: walked once, and not at every call. */
__noinline int running_change(struct wire_running *r, int by, __u64 now)
{
	struct running_retry retry = {.running = r, .now = now, .by = by};

	if (!r || running_try(r, by, now))
		return 0;
	bpf_loop(RUNNING_TRIES, running_try_again, &retry, 0);
	if (!retry.done)
		loss_count(WIRE_LOST_RACE);
	return 0;
}

/* So long, so many are taken to have run, and not as many as were counted. */
static __always_inline void running_move(struct wire_running *r, __u32 from, __u32 to, __u64 ns)
{
	barrier_var(from);
	if (from >= WIRE_RUNNING || to >= WIRE_RUNNING)
		return;
	if (ns > r->ns[from])
		ns = r->ns[from];
	running_book(r, from, -ns);
	running_book(r, to, ns);
}

/*
 * A thread ran that was not seen to arrive (by 1), or did not that was not seen to leave (by -1):
 * for so long, beside as many as run now. That is booked one row off.
 */
static __always_inline void running_mend(struct wire_running *r, __u64 ns, int by)
{
	__u32 row = wire_running_row(r->state);

	running_move(r, row, row + by, ns);
}

/*
 * A thread that has left the CPU took more or less time than it was seen to be there: the way
 * through the scheduler to the tracepoint can take longer than a short stay, and a hypervisor takes
 * some of it. Booked when it has become enough to be worth two atomics.
 */
static __always_inline void running_settle(
	struct wire_running *r, __s64 *owed_ns, __u64 took_ns, __u64 seen_ns)
{
	__u32 row = wire_running_row(r->state);

	*owed_ns += (__s64)(took_ns - seen_ns);
	if (*owed_ns > RUNNING_OWED_NS)
		running_move(r, row, row + 1, *owed_ns);
	else if (*owed_ns < -RUNNING_OWED_NS)
		running_move(r, row + 1, row, -*owed_ns);
	else
		return;
	*owed_ns = 0;
}

/* leader: of the threads of the process. */
static __always_inline bool process_change(struct task_struct *leader, int by, __u64 now)
{
	struct process *process = bpf_task_storage_get(&processes, leader, NULL, 0);

	if (process)
		running_change(&process->running, by, now);
	return process != NULL;
}

/* Only processes with several threads are worth their own count: of the others it is their CPU
 * time. */
static __always_inline bool process_enter(
	struct task_struct *task, struct task_struct *leader, __u64 now)
{
	return BPF_CORE_READ(task, signal, nr_threads) > 1 && process_change(leader, 1, now);
}

#endif
