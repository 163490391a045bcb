/*
 * rights: whether the tool's user could trace a task with ptrace, by the kernel's own rules
 * (__ptrace_may_access) as far as they are about users, capabilities and secrets.
 *
 * Asked only where the user has no cap_sys_ptrace: with cap_bpf and cap_perfmon a tool could look
 * into every process, and must not do so for somebody who could not by himself. When in doubt the
 * answer is no.
 */
#ifndef CONCADVISE_RIGHTS_BPF_H
#define CONCADVISE_RIGHTS_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define DUMPABLE_MASK 3 /* of mm->flags; */
#define DUMPABLE_YES 1  /* SUID_DUMP_USER: its memory holds no secrets of others */
#define NAMESPACES 32   /* the kernel nests no deeper */

const volatile bool cfg_guarded;
const volatile __u64 cfg_capabilities; /* that the user has by himself */

/* Of the tool's user. */
static struct user_namespace *own_space;
static __u32 own_uid, own_gid;

/* mm->flags is a number up to Linux 6.17, and then a bitmap. */
struct mm_struct___number {
	unsigned long flags;
} __attribute__((preserve_access_index));

struct mm_struct___bitmap {
	struct {
		unsigned long words[1];
	} flags;
} __attribute__((preserve_access_index));

/* To be called in a program that runs on behalf of the tool itself. */
static __always_inline void rights_learn(void)
{
	const struct cred *own = BPF_CORE_READ(bpf_get_current_task_btf(), real_cred);

	if (own_space)
		return;
	own_uid = BPF_CORE_READ(own, uid.val);
	own_gid = BPF_CORE_READ(own, gid.val);
	own_space = BPF_CORE_READ(own, user_ns);
}

/* Who made a user namespace may do everything in it and in those below. */
static __noinline bool space_is_owned(struct user_namespace *space)
{
	for (int i = 0; i < NAMESPACES && space && space != own_space; i++) {
		struct user_namespace *parent = BPF_CORE_READ(space, parent);

		if (parent == own_space)
			return BPF_CORE_READ(space, owner.val) == own_uid;
		space = parent;
	}
	return false;
}

static __always_inline bool ids_are_own(const struct cred *c)
{
	return BPF_CORE_READ(c, uid.val) == own_uid && BPF_CORE_READ(c, euid.val) == own_uid &&
	       BPF_CORE_READ(c, suid.val) == own_uid && BPF_CORE_READ(c, gid.val) == own_gid &&
	       BPF_CORE_READ(c, egid.val) == own_gid && BPF_CORE_READ(c, sgid.val) == own_gid;
}

static __always_inline bool capabilities_are_own(const struct cred *c)
{
	__u64 permitted = ~0ULL;

	bpf_probe_read_kernel(&permitted, sizeof(permitted),
		(void *)c + bpf_core_field_offset(struct cred, cap_permitted));
	return (permitted & ~cfg_capabilities) == 0;
}

static __always_inline bool memory_is_open(struct mm_struct *mm)
{
	unsigned long flags = 0;
	void *at = mm;

	if (bpf_core_field_exists(struct mm_struct___number, flags))
		at += bpf_core_field_offset(struct mm_struct___number, flags);
	else if (bpf_core_field_exists(struct mm_struct___bitmap, flags))
		at += bpf_core_field_offset(struct mm_struct___bitmap, flags);
	else
		return false;
	bpf_probe_read_kernel(&flags, sizeof(flags), at);
	return (flags & DUMPABLE_MASK) == DUMPABLE_YES;
}

/* A task without memory has ended: there is nothing left to see of it. */
static __noinline bool rights_cover(struct task_struct *task)
{
	const struct cred *c = BPF_CORE_READ(task, real_cred);
	struct user_namespace *space = BPF_CORE_READ(c, user_ns);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	bool owned = space_is_owned(space);

	if (!owned && (space != own_space || !ids_are_own(c) || !capabilities_are_own(c)))
		return false;
	return !mm || memory_is_open(mm) || space_is_owned(BPF_CORE_READ(mm, user_ns));
}

#endif
