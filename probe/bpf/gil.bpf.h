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

/* The start of CPython's struct _gil_runtime_state, 3.7 to 3.13. */
struct gil_state {
	__u64 interval_us;
	__u64 holder;
	__s32 locked;
};

static __always_inline void gil_inherit(struct task_struct *parent, struct task_struct *child)
{
	struct wire_gil *known = bpf_task_storage_get(&gils, parent->group_leader, NULL, 0);

	if (known)
		bpf_task_storage_get(&gils, child, known, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static __always_inline void gil_forget(struct task_struct *task)
{
	bpf_task_storage_delete(&gils, task);
}

/* 1: held by this thread; 0: not by it; -1: not known. */
static __always_inline int gil_held(struct task_struct *task)
{
	struct wire_gil *gil = bpf_task_storage_get(&gils, task->group_leader, NULL, 0);
	struct gil_state state = {};
	__u64 thread = 0;

	if (!gil || bpf_probe_read_user(&state, sizeof(state), (void *)gil->interval))
		return -1;
	if (state.interval_us == 0 || state.interval_us > GIL_INTERVAL_MAX_US || state.locked < 0 ||
		state.locked > 1)
		return -1;
	if (!state.locked || !state.holder)
		return 0;
	if (bpf_probe_read_user(&thread, sizeof(thread), (void *)(state.holder + gil->thread_id)))
		return -1;
	/* glibc's pthread_t is the thread pointer. */
	return thread == task->thread.fsbase;
}

#endif
