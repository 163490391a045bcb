/*
 * wait: what a thread is blocked in, read from the registers of its system call when it leaves the
 * CPU.
 *
 * No system call is hooked: a blocked task's saved registers hold the number and the arguments.
 */
#ifndef CONCADVISE_WAIT_BPF_H
#define CONCADVISE_WAIT_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "answer.bpf.h"
#include "file.bpf.h"
#include "lock.bpf.h"
#include "thread.bpf.h"
#include "user.bpf.h"
#include "wire.h"

#define TASK_INTERRUPTIBLE 1
#define TASK_FROZEN 0x8000
#define TS_COMPAT 2 /* thread_info.status: in a 32-bit system call */

#define FUTEX_WAIT 0
#define MUTEX_CONTENDED 2 /* the value of a glibc mutex that has waiters */

#define SELECT_WORDS 16 /* FD_SETSIZE is 1024 */

const volatile __u8 cfg_syscall_args[WIRE_SYSCALLS];

struct pollfd {
	int fd;
	short events, revents;
};

static __always_inline bool wait_comes_round(const struct wire_wait_key *key, __u8 args)
{
	return args == WIRE_ARGS_EPOLL || args == WIRE_ARGS_URING || key->files_polled > 1;
}

static __always_inline void wait_read_futex(
	struct wire_wait_key *key, struct pt_regs *regs, struct task_struct *task, enum reach reach)
{
	__u32 command = regs->si & FUTEX_CMD_MASK;
	__u64 word = regs->di;

	key->futex_address = word;
	key->futex_op = regs->si;
	key->futex_value = regs->dx;
	if (futex_is_pi(regs->si)) {
		user_read(&key->owner, sizeof(key->owner), word, task, reach);
		key->owner &= FUTEX_TID_MASK;
	} else if (command == FUTEX_WAIT && key->futex_value == MUTEX_CONTENDED) {
		user_read(&key->owner, sizeof(key->owner), word + MUTEX_OWNER_OFFSET, task, reach);
	}
}

static __always_inline int wait_read_poll(
	struct wire_wait_key *key, struct pt_regs *regs, struct task_struct *task, enum reach reach)
{
	struct pollfd first = {.fd = -1};

	key->files_polled = regs->si;
	if (key->files_polled == 1)
		user_read(&first, sizeof(first), regs->di, task, reach);
	return first.fd;
}

/* The three sets of a select(), copied here: too large for the stack. One for each kind of caller.
 */
struct select_sets {
	__u64 words[3][SELECT_WORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct select_sets);
} selects SEC(".maps");

/* How many descriptors are in any set, in the high half; in the low half the last one. */
__noinline __u64 sets_count(struct select_sets *sets, __u32 words)
{
	__u32 count = 0, last = 0;

	for (__u32 i = 0; sets && i < SELECT_WORDS; i++) {
		__u64 any = sets->words[0][i] | sets->words[1][i] | sets->words[2][i];

		if (i >= words)
			break;
		if (!any)
			continue;
		count += __builtin_popcountll(any);
		last = i * 64 + __builtin_popcountll((any & -any) - 1);
	}
	return ((__u64)count << 32) | last;
}

static __always_inline int wait_read_select(
	struct wire_wait_key *key, struct pt_regs *regs, struct task_struct *task, enum reach reach)
{
	__u64 from[3] = {regs->si, regs->dx, regs->r10}, counted;
	__u32 words = (regs->di + 63) / 64, which = reach != REACH_CURRENT;
	struct select_sets *sets = bpf_map_lookup_elem(&selects, &which);

	if (!sets || !words || reach == REACH_NONE)
		return -1;
	if (words > SELECT_WORDS)
		words = SELECT_WORDS;
	__builtin_memset(sets, 0, sizeof(*sets));
	for (int i = 0; i < 3; i++)
		if (from[i])
			user_read(sets->words[i], words * sizeof(__u64), from[i], task, reach);
	counted = sets_count(sets, words);
	key->files_polled = counted >> 32;
	return key->files_polled == 1 ? (int)(__u32)counted : -1;
}

static __always_inline void wait_hash(struct wire_wait_key *key)
{
	__u64 h = hash_mix(key->file, key->futex_address);

	h = hash_mix(h, ((__u64)key->futex_op << 32) | key->futex_value);
	h = hash_mix(h, ((__u64)(__u32)key->syscall << 32) | key->files_polled);
	key->hash = hash_mix(h, ((__u64)key->run_state << 8) | key->iowait) | 1;
}

/*
 * The freezer of cgroup v2 lets a task sleep as if it waited for something, and says so apart. It
 * says it of stopped and of vforking tasks too, but these do not sleep interruptibly.
 */
static __always_inline __u16 run_state_of(struct task_struct *task, __u32 run_state)
{
	if (run_state == TASK_INTERRUPTIBLE && bpf_core_field_exists(task->frozen) &&
		BPF_CORE_READ_BITFIELD(task, frozen))
		run_state |= TASK_FROZEN;
	return run_state;
}

/* The identity of the file that a descriptor stands for; 0: there is none. */
static __always_inline __u64 wait_read_file(struct thread *t, struct files_struct *files, __u32 fd)
{
	struct file *file = file_of(files, fd);
	__u64 id;

	if (!file)
		return 0;
	id = file_note(t->serial, file, fd, t->pending.file);
	answer_note(t, file, id);
	return id;
}

/* Fills t->pending for a task that blocks now, was found blocked, or was blocked until now (out of
 * reach: what only its memory tells stays unknown). */
static __always_inline void wait_note(
	struct thread *t, struct task_struct *task, __u32 run_state, enum reach reach)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct wire_wait_key key = {.run_state = run_state_of(task, run_state)};
	struct files_struct *files = task->files;
	long number = regs->orig_ax;
	__u8 args = WIRE_ARGS_NONE;
	int fd = -1;

	/* Read here: the verifier takes long for it, and comes by here once. */
	barrier_var(files);
	key.syscall = number < 0 ? WIRE_NO_SYSCALL : number;
	if (number >= 0 && (task->thread_info.status & TS_COMPAT))
		key.syscall = WIRE_COMPAT_SYSCALL;
	if (key.syscall >= 0 && key.syscall < WIRE_SYSCALLS)
		args = cfg_syscall_args[key.syscall];
	if (args == WIRE_ARGS_RESTART && t->pending.hash) {
		t->pending.run_state =
			key.run_state; /* the same wait goes on; it may have been stopped */
		answer_goes_on(t);
		wait_hash(&t->pending);
		return;
	}
	key.iowait = BPF_CORE_READ_BITFIELD(task, in_iowait);

	switch (args) {
	case WIRE_ARGS_EPOLL:
	case WIRE_ARGS_URING:
		t->loop.descriptor = regs->di;
		fd = regs->di;
		break;
	case WIRE_ARGS_FD:
		fd = regs->di;
		break;
	case WIRE_ARGS_FUTEX:
		wait_read_futex(&key, regs, task, reach);
		break;
	case WIRE_ARGS_FUTEX2:
		key.futex_address = regs->di;
		key.futex_value = regs->si;
		break;
	case WIRE_ARGS_POLL:
		fd = wait_read_poll(&key, regs, task, reach);
		break;
	case WIRE_ARGS_SELECT:
		fd = wait_read_select(&key, regs, task, reach);
		break;
	}
	t->asked = t->continued = 0;
	if (fd >= 0)
		key.file = wait_read_file(t, files, fd);
	key.loops = wait_comes_round(&key, args);
	wait_hash(&key);
	t->pending = key;
}

#endif
