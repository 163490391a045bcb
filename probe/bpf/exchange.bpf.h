/*
 * exchange: what an event loop waits for, socket by socket.
 *
 * A loop waits for all its sockets together: how long each of them would have been waited for
 * alone, none of its waits tells. From when something was sent on a socket until something came is
 * what does, and that is seen where it is sent, where it comes, and where it is received. A thread
 * that waits for one socket at a time is seen to do so anyway.
 */
#ifndef CONCADVISE_EXCHANGE_BPF_H
#define CONCADVISE_EXCHANGE_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "event.bpf.h"
#include "file.bpf.h"
#include "life.bpf.h"
#include "thread.bpf.h"
#include "wire.h"

#define EXCHANGES 16384 /* sockets; the one that was longest without anything makes room */
#define MSG_DONTWAIT 0x40
#define O_NONBLOCK 04000
#define SOCK_DGRAM 2
#define RCV_SHUTDOWN 1
/* 127.0.0.0/8, as it lies in memory */
#define LOOPBACK_MASK 0xff
#define LOOPBACK_NET 0x7f

/* Of one socket. Zero: it has not happened. */
struct exchange {
	__u64 since_ns; /* when it was asked something, or read without being asked, */
	__u64 sent_ns;  /* and when something was last sent, of which not all is answered */
	__u64 open_ns;  /* when it was connected, and nothing was sent since */
	__u64 ready_ns; /* when something came */
	__u64 inode;    /* the address alone is used again */
	__u32 socket;
	__u32 thread;                  /* which asked */
	__u32 asked;                   /* how often, of what is not answered */
	__u32 pieces;                  /* in which that was sent, small ones */
	__u8 connects, goes_on, mixed; /* see struct wire_exchange */
	__u8 reserved;
};

/* By the address of the kernel's struct sock. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, EXCHANGES);
	__type(key, __u64);
	__type(value, struct exchange);
} exchanges SEC(".maps");

__u32 exchange_sockets;

/* The current thread, if it is measured now. */
static __always_inline struct thread *socket_user(void)
{
	struct thread *t = thread_of(bpf_get_current_task_btf());

	if (!t || t->held || t->phase != PHASE_LIVE || window_end_ns)
		return NULL;
	return t;
}

static __always_inline __u64 socket_inode(__u64 sk)
{
	return BPF_CORE_READ((struct sock *)sk, sk_socket, file, f_inode, i_ino);
}

/* Something lies there that nobody has read. */
static __always_inline bool socket_has_more(__u64 sk)
{
	return BPF_CORE_READ((struct sock *)sk, sk_receive_queue.qlen) > 0;
}

static __always_inline void exchange_begin(
	__u64 sk, __u64 inode, const struct thread *t, bool connects)
{
	__u64 now = bpf_ktime_get_ns();
	struct exchange e = {
		.since_ns = now,
		.sent_ns = connects ? 0 : now,
		.inode = inode,
		.socket = __sync_fetch_and_add(&exchange_sockets, 1),
		.thread = t->serial,
		.asked = !connects,
		.pieces = !connects,
		.connects = connects,
	};

	bpf_map_update_elem(&exchanges, &sk, &e, BPF_ANY);
}

/* Both ends have the same address, or are on the loopback interface. */
static __always_inline bool socket_stays_here(struct sock *sk, __u16 family)
{
	__u64 here[2] = {}, there[2] = {};

	if (family == AF_INET)
		return BPF_CORE_READ(sk, __sk_common.skc_daddr) ==
			       BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr) ||
		       (BPF_CORE_READ(sk, __sk_common.skc_daddr) & LOOPBACK_MASK) == LOOPBACK_NET;
	bpf_core_read(here, sizeof(here), &sk->__sk_common.skc_v6_rcv_saddr);
	bpf_core_read(there, sizeof(there), &sk->__sk_common.skc_v6_daddr);
	return here[0] == there[0] && here[1] == there[1];
}

/* The port of the other end, if that is on this machine. */
static __always_inline __u16 socket_asked_port(__u64 address)
{
	struct sock *sk = (struct sock *)address;
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if ((family != AF_INET && family != AF_INET6) || !socket_stays_here(sk, family))
		return 0;
	return __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
}

/* since, ready, now: read before, for others change them meanwhile. */
static __always_inline void exchange_send(
	const struct exchange *e, __u64 sk, __u32 thread, __u64 since_ns, __u64 ready_ns, __u64 now)
{
	struct wire_exchange *x;

	if (ready_ns <= since_ns || now < ready_ns)
		return;
	x = event_reserve(sizeof(*x));
	if (!x)
		return;
	event_head(&x->h, WIRE_EXCHANGE, thread, since_ns);
	x->wait_ns = ready_ns - since_ns;
	x->taken_ns = now - since_ns;
	x->socket = e->socket;
	x->connects = e->connects;
	x->goes_on = e->goes_on;
	x->mixed = e->mixed;
	x->reserved = 0;
	x->asked_port = socket_asked_port(sk);
	__builtin_memset(x->reserved2, 0, sizeof(x->reserved2));
	event_submit(x);
}

/*
 * Whether the thread can have waited for this socket together with others: the last that it slept
 * in was such a wait, or it does not wait here, nor did for one alone. It need not have slept at
 * all: a loop finds events at once as long as it has much to do.
 */
static __always_inline bool socket_is_shared(const struct thread *t, bool waits)
{
	return t->pending.loops || (!waits && t->pending.files_polled != 1);
}

static __always_inline bool socket_waits(__u64 sk)
{
	return !(BPF_CORE_READ((struct sock *)sk, sk_socket, file, f_flags) & O_NONBLOCK);
}

/*
 * Asked once more, of what is not all answered. A datagram is a message of its own; elsewhere it is
 * more of the same if it is sent soon after, but for many small pieces.
 */
static __always_inline void exchange_ask_again(struct exchange *e, __u64 sk, int sent, __u64 now)
{
	bool datagram = BPF_CORE_READ((struct sock *)sk, sk_type) == SOCK_DGRAM;

	if (sent < WIRE_PIECE_BYTES)
		e->pieces++;
	if (datagram || now - e->sent_ns >= WIRE_ASKS_AGAIN_NS) {
		e->asked++;
		e->mixed = 1;
	} else if (e->pieces > WIRE_PIECES_OF_ONE) {
		e->mixed = 1;
	}
	e->sent_ns = now;
}

SEC("raw_tp/sock_send_length")
int on_socket_send(struct bpf_raw_tracepoint_args *ctx)
{
	struct thread *t = socket_user();
	__u64 sk = ctx->args[0], inode, now;
	int sent = ctx->args[1];
	struct exchange *e;

	if (!t || sent <= 0)
		return 0;
	inode = socket_inode(sk);
	e = bpf_map_lookup_elem(&exchanges, &sk);
	if (!e || (e->inode && e->inode != inode)) {
		exchange_begin(sk, inode, t, false);
		return 0;
	}
	now = bpf_ktime_get_ns();
	e->inode = inode;
	if (e->sent_ns) {
		exchange_ask_again(e, sk, sent, now);
		return 0;
	}
	if (e->open_ns && socket_is_shared(t, socket_waits(sk)))
		exchange_send(e, sk, t->serial, e->since_ns, e->open_ns, now);
	e->connects = e->goes_on = e->mixed = 0;
	e->open_ns = 0;
	e->ready_ns = socket_has_more(sk) ? now : 0;
	e->since_ns = e->sent_ns = now;
	e->asked = e->pieces = 1;
	e->thread = t->serial;
	return 0;
}

SEC("raw_tp/sk_data_ready")
int on_socket_ready(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 sk = ctx->args[0];
	struct exchange *e = bpf_map_lookup_elem(&exchanges, &sk);

	if (e && !e->ready_ns)
		e->ready_ns = bpf_ktime_get_ns();
	return 0;
}

/* What was received answers what was asked first. */
static __always_inline void exchange_answer(struct exchange *e, __u64 sk, __u64 now)
{
	if (e->asked)
		e->asked--;
	e->since_ns = now;
	e->open_ns = 0;
	e->ready_ns = socket_has_more(sk) ? now : 0;
	e->connects = 0;
	e->goes_on = !e->asked;
	if (!e->asked)
		e->sent_ns = 0; /* what goes on is as mixed, until something is sent again */
}

SEC("raw_tp/sock_recv_length")
int on_socket_receive(struct bpf_raw_tracepoint_args *ctx)
{
	struct thread *t = socket_user();
	__u64 sk = ctx->args[0], since, ready, now;
	int received = ctx->args[1];
	struct exchange *e;

	if (!t || received < 0)
		return 0;
	e = bpf_map_lookup_elem(&exchanges, &sk);
	if (!e || (received == 0 && !e->sent_ns)) /* the end, after all that came */
		return 0;
	if (e->inode && e->inode != socket_inode(sk)) {
		bpf_map_delete_elem(&exchanges, &sk);
		return 0;
	}
	since = e->since_ns;
	ready = e->ready_ns;
	now = bpf_ktime_get_ns();
	if (!ready || ready > now)
		ready = now;
	if (socket_is_shared(t, !(ctx->args[2] & MSG_DONTWAIT)) &&
		(!e->goes_on || ready >= since + WIRE_GOES_ON_NS))
		exchange_send(e, sk, t->serial, since, ready, now);
	exchange_answer(e, sk, now);
	return 0;
}

/* It is over, in whoever's interrupt: what was awaited was refused, or given up. Where more was
 * sent than once, or but now, nobody need have awaited an answer: as of a log, or of a farewell. */
static __always_inline void exchange_end(const struct exchange *e, __u64 sk)
{
	bool awaited = e->sent_ns ? !e->ready_ns : e->connects && !e->open_ns;
	__u64 now = bpf_ktime_get_ns();

	if (awaited && !e->mixed && !window_end_ns && now >= e->sent_ns + WIRE_GOES_ON_NS)
		exchange_send(e, sk, e->thread, e->since_ns, now, now);
}

/* Of TCP alone. */
SEC("raw_tp/inet_sock_set_state")
int on_socket_state(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 sk = ctx->args[0];
	int state = ctx->args[2];
	struct exchange *e;
	struct thread *t;

	if (state == TCP_SYN_SENT) {
		t = socket_user();
		if (t)
			exchange_begin(sk, 0, t, true);
		return 0;
	}
	e = bpf_map_lookup_elem(&exchanges, &sk);
	if (!e)
		return 0;
	if (state == TCP_ESTABLISHED) {
		e->open_ns = bpf_ktime_get_ns();
	} else if (state == TCP_CLOSE_WAIT) { /* the other end says that nothing more comes */
		if (!e->ready_ns)
			e->ready_ns = bpf_ktime_get_ns();
	} else if ((state != TCP_FIN_WAIT1 && state != TCP_FIN_WAIT2) ||
		   (BPF_CORE_READ((struct sock *)sk, sk_shutdown) & RCV_SHUTDOWN)) {
		if (e->sent_ns && e->ready_ns) /* what came can still be received */
			return 0;
		exchange_end(e, sk);
		bpf_map_delete_elem(&exchanges, &sk);
	} /* else only this end says so, and waits for the answer */
	return 0;
}

#endif
