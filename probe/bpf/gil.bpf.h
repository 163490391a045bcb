/*
 * gil: whether the current thread holds CPython's global lock, read from the interpreter's own
 * memory.
 *
 * The tool finds where that lies (from the mapped files and the version) and leaves it with the
 * process.
 */
#ifndef CONCADVISE_GIL_BPF_H
#define CONCADVISE_GIL_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "wire.h"

#define GIL_INTERVAL_MAX_US \
	60000000 /* sys.setswitchinterval() of a minute: anything above is not a GIL */

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct wire_gil); /* kept with the group leader */
} gils SEC(".maps");

/* Far more than anybody runs in a process; the verifier wants a bound. */
#define GIL_INTERPRETERS_MAX 64

/* The start of CPython's struct _gil_runtime_state from 3.7 on, but for free-threaded builds. */
struct gil_state {
	__u64 interval_us;
	__u64 holder;
	__s32 locked;
};
WIRE_ASSERT(__builtin_offsetof(struct gil_state, holder) == WIRE_GIL_HOLDER);
WIRE_ASSERT(__builtin_offsetof(struct gil_state, locked) == WIRE_GIL_LOCKED);

/* leader: of the parent's threads. */
static __always_inline void gil_inherit(struct task_struct *leader, struct task_struct *child)
{
	struct wire_gil *known = bpf_task_storage_get(&gils, leader, NULL, 0);

	if (known)
		bpf_task_storage_get(&gils, child, known, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static __always_inline void gil_forget(struct task_struct *task)
{
	bpf_task_storage_delete(&gils, task);
}

static __always_inline __u64 gil_word(__u64 address)
{
	__u64 word = 0;

	bpf_probe_read_user(&word, sizeof(word), (void *)address);
	return word;
}

/* The main interpreter is the oldest: the last of the list. 0: not there (yet). */
static __always_inline __u64 gil_locate(const struct wire_gil *gil)
{
	__u64 interpreter = 0, older = gil_word(gil->interpreters);

	for (int i = 0; i < GIL_INTERPRETERS_MAX && older; i++) {
		interpreter = older;
		older = gil_word(interpreter + gil->next);
	}
	return interpreter && !older ? gil_word(interpreter + gil->gil) : 0;
}

static __always_inline bool gil_read(__u64 address, struct gil_state *ret)
{
	if (bpf_probe_read_user(ret, sizeof(*ret), (void *)address))
		return false;
	return ret->interval_us > 0 && ret->interval_us <= GIL_INTERVAL_MAX_US &&
	       ret->locked >= 0 && ret->locked <= 1;
}

/* 1: held by this thread; 0: not by it; -1: not known. */
static __always_inline int gil_held(struct task_struct *task, struct task_struct *leader)
{
	struct wire_gil *gil = bpf_task_storage_get(&gils, leader, NULL, 0);
	struct gil_state state = {};
	__u64 address, thread = 0;

	if (!gil)
		return -1;
	address = gil->state ? gil->state : gil_locate(gil);
	if (!address || !gil_read(address, &state))
		return -1;
	/* The main interpreter stays where it is, in children of fork() too. */
	gil->state = address;
	if (!state.locked || !state.holder)
		return 0;
	if (bpf_probe_read_user(&thread, sizeof(thread), (void *)(state.holder + gil->thread_id)))
		return -1;
	/* glibc's pthread_t is the thread pointer. */
	return thread == task->thread.fsbase;
}

#endif
