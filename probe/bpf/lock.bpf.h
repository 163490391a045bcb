/*
 * lock: who holds what others wait for.
 *
 * Kept per process: how many threads are blocked on CPython's global lock now, and the few mutexes
 * that threads are blocked on now and of which the owner can be read. Who holds one is looked up
 * only where a place in the program is taken.
 *
 * A pointer that is followed from a task costs the verifier a search of all the kernel's types, or
 * four: where it need not be trusted afterwards it is read, and a leader is looked up once.
 */
#ifndef CONCADVISE_LOCK_BPF_H
#define CONCADVISE_LOCK_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "file.bpf.h"
#include "gil.bpf.h"
#include "running.bpf.h"
#include "thread.bpf.h"
#include "view.bpf.h"
#include "wire.h"

#define FUTEX_CMD_MASK 0x7f
#define FUTEX_LOCK_PI 6
#define FUTEX_LOCK_PI2 13
#define FUTEX_TID_MASK 0x3fffffff
#define MUTEX_OWNER_OFFSET 8 /* pthread_mutex_t.__data.__owner */

/* What a thread is counted for; a mutex at place n of its process is LOCK_MUTEX + n. */
enum lock_wait { LOCK_NONE, LOCK_GLOBAL, LOCK_MUTEX };

static __always_inline struct process *process_of(struct task_struct *task)
{
	return bpf_task_storage_get(&processes, task->group_leader, NULL, 0);
}

/* What the program itself calls the thread: its number in its own PID namespace. */
static __always_inline __u32 own_tid(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);

	return pid ? BPF_CORE_READ(view_number(pid, level), nr) : 0;
}

static __always_inline bool futex_is_pi(__u32 op)
{
	__u32 command = op & FUTEX_CMD_MASK;

	return command == FUTEX_LOCK_PI || command == FUTEX_LOCK_PI2;
}

static __always_inline bool lock_is_global(struct task_struct *leader, __u64 word)
{
	struct wire_gil *gil = bpf_task_storage_get(&gils, leader, NULL, 0);

	return gil && word >= gil->lock_start && word < gil->lock_end;
}

/* False: another word is waited for at that place. */
static __always_inline bool mutex_enter_at(struct mutex_wanted *m, const struct wire_wait_key *key)
{
	if (__sync_fetch_and_add(&m->waiters, 1) > 0 && m->word != key->futex_address) {
		__sync_fetch_and_add(&m->waiters, -1);
		return false;
	}
	m->word = key->futex_address;
	m->owner = key->owner;
	m->owner_at = m->word + (futex_is_pi(key->futex_op) ? 0 : MUTEX_OWNER_OFFSET);
	return true;
}

/* At the first place from that of the word's hash on that is free or has the same word; with none,
 * this wait is not followed. Two who wait for one word may be at two places: either tells of it. */
static __always_inline __u8 mutex_enter(struct process *p, const struct wire_wait_key *key)
{
	__u32 first = hash_mix(key->futex_address, 0);

	for (__u32 i = 0; i < MUTEXES_WANTED; i++) {
		__u32 at = (first + i) % MUTEXES_WANTED;

		if (mutex_enter_at(&p->wanted[at], key))
			return LOCK_MUTEX + at;
	}
	return LOCK_NONE;
}

/* The current thread begins to wait for a futex. */
__noinline int lock_enter(struct thread *t)
{
	struct task_struct *task = bpf_get_current_task_btf(), *leader;
	struct process *process;

	if (!t || BPF_CORE_READ(task, signal, nr_threads) < 2)
		return 0;
	leader = task->group_leader;
	process = bpf_task_storage_get(&processes, leader, NULL, 0);
	if (!process)
		return 0;
	if (lock_is_global(leader, t->pending.futex_address)) {
		__sync_fetch_and_add(&process->lock_waiters, 1);
		t->lock_wait = LOCK_GLOBAL;
	} else if (t->pending.owner) {
		t->lock_wait = mutex_enter(process, &t->pending);
	}
	return 0;
}

/* That wait is over. */
static __always_inline void lock_leave(struct thread *t, struct process *process)
{
	if (t->lock_wait == LOCK_GLOBAL)
		__sync_fetch_and_add(&process->lock_waiters, -1);
	else if (t->lock_wait >= LOCK_MUTEX)
		__sync_fetch_and_add(
			&process->wanted[(t->lock_wait - LOCK_MUTEX) % MUTEXES_WANTED].waiters, -1);
	t->lock_wait = LOCK_NONE;
}

/* The futex word of a mutex that others wait for and the current thread holds; 0: none. */
__noinline __u64 mutex_held(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct process *process = process_of(task);
	__u32 self, owner;

	if (!process)
		return 0;
	self = own_tid(task);
	for (int i = 0; i < MUTEXES_WANTED; i++) {
		struct mutex_wanted *m = &process->wanted[i];

		if (m->waiters <= 0)
			continue;
		if (bpf_probe_read_user(&owner, sizeof(owner), (void *)m->owner_at) == 0 &&
			(owner & FUTEX_TID_MASK) == self)
			return m->word;
	}
	return 0;
}

/* The same for another thread, by what those who wait for it have read. */
static __always_inline __u64 mutex_held_by(struct process *process, __u32 tid)
{
	for (int i = 0; i < MUTEXES_WANTED; i++) {
		struct mutex_wanted *m = &process->wanted[i];

		if (m->waiters > 0 && m->owner == tid)
			return m->word;
	}
	return 0;
}

/* Whether others wait for the global lock. held: whether the current thread has it. */
static __always_inline bool lock_is_wanted(struct task_struct *leader, int held)
{
	struct process *process =
		held == 1 ? bpf_task_storage_get(&processes, leader, NULL, 0) : NULL;

	return process && process->lock_waiters > 0;
}

#endif
