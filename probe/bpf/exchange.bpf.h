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

#include <bpf/bpf_helpers.h>

#include "event.bpf.h"
#include "life.bpf.h"
#include "thread.bpf.h"
#include "wire.h"

#define EXCHANGES 16384 /* sockets; the one that was longest without anything makes room */
#define MSG_DONTWAIT 0x40

/* Of one socket. Zero: it has not happened. */
struct exchange {
	__u64 since_ns; /* when it was asked something, or read without being asked, */
	__u64 sent_ns;  /* and when something was last sent that has not been answered */
	__u64 open_ns;  /* when it was connected, and nothing was sent since */
	__u64 ready_ns; /* when something came */
	__u32 socket;
	__u32 thread;                  /* which asked */
	__u8 connects, goes_on, mixed; /* see struct wire_exchange */
	__u8 reserved[5];
};

/* By the address of the kernel's struct sock. One that becomes another socket's begins anew when
 * that connects; and it is gone when this one is closed. */
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

static __always_inline void exchange_begin(__u64 sk, const struct thread *t, bool connects)
{
	__u64 now = bpf_ktime_get_ns();
	struct exchange e = {
		.since_ns = now,
		.sent_ns = connects ? 0 : now,
		.socket = __sync_fetch_and_add(&exchange_sockets, 1),
		.thread = t->serial,
		.connects = connects,
	};

	bpf_map_update_elem(&exchanges, &sk, &e, BPF_ANY);
}

static __always_inline void exchange_send(
	const struct exchange *e, __u32 thread, __u64 ready_ns, __u64 now)
{
	struct wire_exchange *x = event_reserve(sizeof(*x));

	if (!x)
		return;
	event_head(&x->h, WIRE_EXCHANGE, thread, e->since_ns);
	x->wait_ns = ready_ns - e->since_ns;
	x->taken_ns = now - e->since_ns;
	x->socket = e->socket;
	x->connects = e->connects;
	x->goes_on = e->goes_on;
	x->mixed = e->mixed;
	x->reserved = 0;
	event_submit(x);
}

/* Whether the thread can have waited for this socket together with others: the last that it slept
 * in was such a wait, or it does so and does not wait here. */
static __always_inline bool socket_is_shared(const struct thread *t, int flags)
{
	return t->pending.loops || ((flags & MSG_DONTWAIT) && t->loop.polls);
}

SEC("raw_tp/sock_send_length")
int on_socket_send(struct bpf_raw_tracepoint_args *ctx)
{
	struct thread *t = socket_user();
	__u64 sk = ctx->args[0];
	int sent = ctx->args[1];
	struct exchange *e;
	__u64 now;

	if (!t || sent <= 0)
		return 0;
	e = bpf_map_lookup_elem(&exchanges, &sk);
	if (!e) {
		exchange_begin(sk, t, false);
		return 0;
	}
	now = bpf_ktime_get_ns();
	if (e->sent_ns) { /* more of the same, or another beside it */
		e->mixed |= now - e->sent_ns >= WIRE_GOES_ON_NS;
		e->sent_ns = now;
		return 0;
	}
	if (e->open_ns > e->since_ns && t->loop.polls)
		exchange_send(e, t->serial, e->open_ns, now);
	e->connects = e->goes_on = e->mixed = 0;
	e->open_ns = e->ready_ns = 0;
	e->since_ns = e->sent_ns = now;
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

SEC("raw_tp/sock_recv_length")
int on_socket_receive(struct bpf_raw_tracepoint_args *ctx)
{
	struct thread *t = socket_user();
	__u64 sk = ctx->args[0], now, ready;
	int received = ctx->args[1];
	struct exchange *e;

	if (!t || received < 0)
		return 0;
	e = bpf_map_lookup_elem(&exchanges, &sk);
	if (!e || (received == 0 && !e->sent_ns)) /* the end, after all that came */
		return 0;
	now = bpf_ktime_get_ns();
	ready = e->ready_ns ? e->ready_ns : now;
	if (socket_is_shared(t, ctx->args[2]) && ready > e->since_ns &&
		(!e->goes_on || ready - e->since_ns >= WIRE_GOES_ON_NS))
		exchange_send(e, t->serial, ready, now);
	e->since_ns = now;
	e->sent_ns = e->open_ns = e->ready_ns = 0;
	e->connects = e->mixed = 0;
	e->goes_on = 1;
	return 0;
}

/* It is over, in whoever's interrupt: what was awaited was refused, or given up. */
static __always_inline void exchange_end(const struct exchange *e)
{
	bool awaited = e->sent_ns ? !e->ready_ns : e->connects && !e->open_ns;
	__u64 now = bpf_ktime_get_ns();

	if (awaited && !window_end_ns)
		exchange_send(e, e->thread, now, now);
}

/* Of TCP alone. */
SEC("raw_tp/inet_sock_set_state")
int on_socket_state(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 sk = ctx->args[0];
	int state = ctx->args[2];
	struct thread *t;
	struct exchange *e;

	if (state == TCP_SYN_SENT) {
		t = socket_user();
		if (t)
			exchange_begin(sk, t, true);
		return 0;
	}
	e = bpf_map_lookup_elem(&exchanges, &sk);
	if (!e)
		return 0;
	switch (state) {
	case TCP_ESTABLISHED:
		e->open_ns = bpf_ktime_get_ns();
		break;
	case TCP_CLOSE_WAIT: /* the other end says that nothing more comes */
		if (!e->ready_ns)
			e->ready_ns = bpf_ktime_get_ns();
		break;
	default:
		exchange_end(e);
		bpf_map_delete_elem(&exchanges, &sk);
		break;
	}
	return 0;
}

#endif
