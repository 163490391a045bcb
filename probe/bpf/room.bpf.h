/*
 * room: where a stack is put together before it is sent: far more than the 512 bytes that a BPF
 * program has.
 */
#ifndef CONCADVISE_ROOM_BPF_H
#define CONCADVISE_ROOM_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "user.bpf.h"
#include "wire.h"

/* Powers of two. */
#define ROOM_FRAMES 1024 /* of memory in which several frames lie, */
#define ROOM_CODE 256    /* and in which all looked-at fields of a code object do */

struct stack_room {
	struct wire_python python; /* of the thread's process */
	__u32 frame_span, code_span;
	__u64 pthread;                   /* the thread pointer */
	__u64 sp, height;                /* of the stack, and how far it reaches up at most */
	__u64 interpreter, state, frame; /* where the walk has got to, */
	__u64 steps, now;                /* how far, and when */
	__u64 met, met_frame;            /* a state that may be the thread's, and the frame in it */
	__u64 several;                   /* interpreters */
	__u64 window, window_end;        /* what of the program's memory is in window_raw */
	__u8 window_raw[ROOM_FRAMES + sizeof(__u64)];
	__u8 code_raw[ROOM_CODE + sizeof(__u64)];
	/* What is sent; bytes move up to where the frames end. */
	union {
		struct wire_stack stack;
		struct {
			__u8 head[sizeof(struct wire_stack)];
			struct wire_python_frame frames[WIRE_PYTHON_FRAMES];
			union {
				__u8 bytes[WIRE_STACK_BYTES + USER_PAGE];
				struct wire_code code; /* sent before the bytes are read */
			};
		};
	};
};
WIRE_ASSERT(sizeof(struct wire_code) + WIRE_LINES_BYTES <= WIRE_STACK_BYTES + USER_PAGE);

/* What the steps of a walk through the program's memory are given. */
struct python_walk {
	struct stack_room *room;
	struct task_struct *task;
};

/* No two users at a time: the switch has interrupts off, and what samples is an interrupt. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_room);
} rooms SEC(".maps");

/* For the iterator, which sleeps meanwhile. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_room);
} rooms_asleep SEC(".maps");

#endif
