/* view: process numbers as the tool's user sees them, in the user's own PID namespace. */
#ifndef CONCADVISE_VIEW_BPF_H
#define CONCADVISE_VIEW_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "wire.h"

/* The PID namespace of the tool: how deep it lies, and which one it is. */
__u32 view_level;
__u32 view_inum;

static __always_inline struct upid *view_number(struct pid *pid, __u32 level)
{
	return (void *)pid + bpf_core_field_offset(struct pid, numbers) +
	       level * bpf_core_type_size(struct upid);
}

/* To be called in a program that runs on behalf of the tool itself. */
static __always_inline void view_learn(void)
{
	struct pid *pid = BPF_CORE_READ(bpf_get_current_task_btf(), thread_pid);

	if (view_inum || !pid)
		return;
	view_level = BPF_CORE_READ(pid, level);
	view_inum = BPF_CORE_READ(view_number(pid, view_level), ns, ns.inum);
}

/* 0 when the task is not visible there. */
static int view_pid(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct upid *upid;

	if (!pid || BPF_CORE_READ(pid, level) < view_level)
		return 0;
	upid = view_number(pid, view_level);
	if (BPF_CORE_READ(upid, ns, ns.inum) != view_inum)
		return 0;
	return BPF_CORE_READ(upid, nr);
}

static __always_inline int view_tgid(struct task_struct *task)
{
	return view_pid(BPF_CORE_READ(task, group_leader));
}

#endif
