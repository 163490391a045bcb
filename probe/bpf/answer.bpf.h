/*
 * answer: whether a wait for a TCP peer is for more of the answer that was waited for before.
 *
 * It is, if nothing was written to the connection in between: write_seq, the sequence number of the
 * next byte to write, stands where it stood at the thread's previous wait for a TCP peer. The
 * pieces of one answer cannot be waited for side by side, however many waits they take.
 */
#ifndef CONCADVISE_ANSWER_BPF_H
#define CONCADVISE_ANSWER_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "file.bpf.h"
#include "thread.bpf.h"

#define IPPROTO_TCP 6

/* NULL: the file is no TCP socket. */
static __always_inline struct sock *tcp_of(struct file *file)
{
	struct socket *socket;
	struct sock *sk;
	__u16 family;

	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (family != AF_INET && family != AF_INET6)
		return NULL;
	return BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP ? sk : NULL;
}

/*
 * A wait for a TCP socket begins. What stands still is the rare case: only then it matters that a
 * socket that listens or connects has no answer yet that could go on.
 */
static __always_inline bool answer_continues(struct thread *t)
{
	struct sock *sk = t->answer_sock;
	__u32 before = t->answer_seq;
	__u8 state;

	t->answer_seq = BPF_CORE_READ((struct tcp_sock *)sk, write_seq);
	if (t->answer_seq != before)
		return false;
	state = BPF_CORE_READ(sk, __sk_common.skc_state);
	return state != TCP_SYN_SENT && state != TCP_LISTEN;
}

/* The thread waits for this file now. Looked into is only another file than those before. */
static __always_inline void answer_note(struct thread *t, struct file *file, __u64 id)
{
	bool met = id == t->answer_file, continues;
	struct sock *sk;

	if (id == t->plain_file)
		return;
	if (!met) {
		sk = tcp_of(file);
		if (!sk) {
			t->plain_file = id;
			return;
		}
		t->answer_file = id;
		t->answer_sock = sk;
	}
	continues = answer_continues(t);
	t->continued = met && continues;
	t->asked = met && !continues;
}

/* Of a pending wait. */
static __always_inline bool answer_begins(const struct thread *t)
{
	return t->pending.file && t->pending.file == t->answer_file && !t->continued;
}

/* The wait that a signal interrupted goes on. */
static __always_inline void answer_goes_on(struct thread *t)
{
	t->continued = t->pending.file && t->pending.file == t->answer_file;
	t->asked = 0;
}

#endif
