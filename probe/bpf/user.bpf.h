/*
 * user: reading the memory of a program, its own when it is the current one, or that of another
 * task in a BPF program that may sleep. Elsewhere the memory of another task is out of reach.
 */
#ifndef CONCADVISE_USER_BPF_H
#define CONCADVISE_USER_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#define USER_PAGE 4096

enum reach { REACH_OTHERS, REACH_CURRENT, REACH_NONE };

static __always_inline long user_read(
	void *to, __u32 size, __u64 from, struct task_struct *task, enum reach reach)
{
	if (reach == REACH_NONE)
		return -1;
	if (reach == REACH_CURRENT)
		return bpf_probe_read_user(to, size, (void *)from);
	return bpf_copy_from_user_task(to, size, (void *)from, task, 0);
}

/* 0: it could not be read, too. */
static __always_inline __u64 user_word(__u64 from, struct task_struct *task, enum reach reach)
{
	__u64 word = 0;

	user_read(&word, sizeof(word), from, task, reach);
	return word;
}

#endif
