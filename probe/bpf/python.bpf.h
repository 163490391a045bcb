/*
 * python: the frames of a CPython thread, from the interpreter's own memory.
 *
 * The tool leaves the layout of its version with the process (wire_python). From a thread's state
 * its frames are a chain; each names its code object by number, of which the tool makes names and
 * lines.
 */
#ifndef CONCADVISE_PYTHON_BPF_H
#define CONCADVISE_PYTHON_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "python_code.bpf.h"
#include "python_state.bpf.h"
#include "room.bpf.h"
#include "thread.bpf.h"
#include "user.bpf.h"
#include "view.bpf.h"
#include "wire.h"

/* Frames of code, and between any two one that the interpreter's C function keeps. */
#define PYTHON_STEPS_MAX (2 * WIRE_PYTHON_FRAMES + 2)

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct wire_python); /* kept with the group leader */
} pythons SEC(".maps");

/* The same of processes that ran already: what sleeps meanwhile may not follow a task to its
 * leader. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, int); /* tgid in the user's view */
	__type(value, struct wire_python);
} pythons_found SEC(".maps");

__u32 pythons_met;

static __always_inline void python_inherit(struct task_struct *leader, struct task_struct *child)
{
	struct wire_python *known = bpf_task_storage_get(&pythons, leader, NULL, 0);
	struct wire_python *own;

	if (!known)
		return;
	own = bpf_task_storage_get(&pythons, child, known, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (own)
		own->process = 0; /* what lies where is its own matter from here on */
}

static __always_inline void python_forget(struct task_struct *task)
{
	bpf_task_storage_delete(&pythons, task);
}

/* Leaves the layout in the room; minor 0: not known. */
static __always_inline void python_keep(struct stack_room *r, struct wire_python *known)
{
	r->python.minor = 0;
	if (!known)
		return;
	if (!known->process)
		known->process = __sync_fetch_and_add(&pythons_met, 1) + 1;
	r->python = *known;
}

static __always_inline void python_learn(struct stack_room *r, struct task_struct *leader)
{
	python_keep(r, bpf_task_storage_get(&pythons, leader, NULL, 0));
}

static __always_inline void python_learn_found(struct stack_room *r, struct task_struct *task)
{
	int tgid = view_tgid(task);

	python_keep(r, bpf_map_lookup_elem(&pythons_found, &tgid));
}

static __always_inline __u32 most(__u32 a, __u32 b)
{
	return a > b ? a : b;
}

/* How much of a frame and of a code object is to be read to have all that is looked at. */
static __always_inline bool python_measure(struct stack_room *r)
{
	const struct wire_python *l = &r->python;

	r->frame_span = most(most(l->frame_previous, l->frame_code), l->frame_at) + sizeof(__u64);
	r->frame_span = most(r->frame_span, most(l->frame_owner, l->frame_entry) + 1);
	r->code_span = most(most(l->code_name, l->code_file), l->code_lines) + sizeof(__u64);
	r->code_span = most(r->code_span, l->code_first_line + sizeof(__u32));
	r->code_span = most(r->code_span, l->code_copies + sizeof(__u64));
	if (l->frame_copy)
		r->frame_span = most(r->frame_span, l->frame_copy + sizeof(__u32));
	return r->frame_span <= ROOM_FRAMES && r->code_span <= ROOM_CODE;
}

/* at: how far in the window the frame begins. */
static __always_inline __u64 frame_word(struct stack_room *r, __u32 at, __u32 offset)
{
	return *(__u64 *)(r->window_raw + ((at + offset) & (ROOM_FRAMES - 1)));
}

static __always_inline __u32 frame_half(struct stack_room *r, __u32 at, __u32 offset)
{
	return *(__u32 *)(r->window_raw + ((at + offset) & (ROOM_FRAMES - 1)));
}

static __always_inline __u8 frame_byte(struct stack_room *r, __u32 at, __u32 offset)
{
	return r->window_raw[(at + offset) & (ROOM_FRAMES - 1)];
}

/*
 * Brings a frame into the window. From 3.11 on callers' frames lie below, most of them in the same
 * page: they come along.
 */
static __always_inline bool frame_read(struct python_walk *w, __u64 frame, enum reach reach)
{
	struct stack_room *r = w->room;
	__u64 start = frame, end = frame + r->frame_span;
	__u32 size;

	if (frame >= r->window && end <= r->window_end)
		return true;
	if (r->python.minor > 10)
		start = frame & ~(__u64)(USER_PAGE - 1);
	if (end - start > ROOM_FRAMES)
		start = end - ROOM_FRAMES;
	r->window = r->window_end = 0;
	size = end - start;
	barrier_var(size);
	if (size > ROOM_FRAMES || user_read(r->window_raw, size, start, w->task, reach))
		return false;
	r->window = start;
	r->window_end = end;
	return true;
}

/* An instruction in a thread's own copy of the code (free-threaded builds): its original. */
static __always_inline __u64 copy_original(
	struct python_walk *w, __u64 code, __u64 at, __u32 copy, enum reach reach)
{
	const struct wire_python *l = &w->room->python;
	__u64 copies = user_word(code + l->code_copies, w->task, reach);
	__u64 begin = user_word(copies + sizeof(__u64) * (1 + (__u64)copy), w->task, reach);

	return begin ? at - begin + code + l->code_instructions : at;
}

static __always_inline void frame_take(
	struct python_walk *w, struct wire_python_frame *f, __u32 at, enum reach reach)
{
	struct stack_room *r = w->room;
	const struct wire_python *l = &r->python;
	__u32 copy = l->frame_copy ? frame_half(r, at, l->frame_copy) : 0;

	f->code = frame_word(r, at, l->frame_code) & ~7ULL;
	f->at = l->at_bytes == sizeof(__u32) ? frame_half(r, at, l->frame_at)
					     : frame_word(r, at, l->frame_at);
	if (copy)
		f->at = copy_original(w, f->code, f->at, copy, reach);
	f->outermost = l->minor <= 10 || (l->frame_entry && frame_byte(r, at, l->frame_entry));
	f->first_line = f->number = f->reserved = 0;
	code_note(w, f, reach);
}

/* n - 1. The mask changes nothing: the verifier of Linux 6.1 forgets with a subtraction what n
 * was tested for. */
static __always_inline __u32 frame_before(__u32 n)
{
	n--;
	barrier_var(n); /* the compiler would prove the mask away */
	return n & (WIRE_PYTHON_FRAMES - 1);
}

static __always_inline long frame_step(struct python_walk *w, enum reach reach)
{
	struct stack_room *r = w->room;
	const struct wire_python *l = &r->python;
	__u32 n = r->stack.frames_count, at;

	if (!r->frame)
		return 1;
	if (n >= WIRE_PYTHON_FRAMES || !frame_read(w, r->frame, reach)) {
		r->stack.frames_cut = 1;
		return 1;
	}
	at = r->frame - r->window;
	r->frame = frame_word(r, at, l->frame_previous);
	if (!l->frame_owner || frame_byte(r, at, l->frame_owner) < l->owner_c) {
		frame_take(w, &r->frames[n], at, reach);
		r->stack.frames_count = n + 1;
	} else if (n) {
		r->frames[frame_before(n)].outermost = 1;
	}
	return 0;
}

static long frame_step_current(__u32 i, struct python_walk *w)
{
	return frame_step(w, REACH_CURRENT);
}

static long frame_step_other(__u32 i, struct python_walk *w)
{
	return frame_step(w, REACH_OTHERS);
}

/* Fills the frames of the room's stack. */
static __always_inline void python_take(struct stack_room *r, struct thread *t,
	struct task_struct *task, __u64 now, enum reach reach)
{
	struct python_walk w = {.room = r, .task = task};

	r->stack.python = PYTHON_NONE;
	r->now = now;
	r->window = r->window_end = 0;
	if (!r->python.minor)
		return;
	r->stack.python = python_measure(r) ? state_find(t, &w, now, reach) : PYTHON_LOST;
	if (r->stack.python == PYTHON_FOUND)
		bpf_loop(PYTHON_STEPS_MAX,
			reach == REACH_CURRENT ? (void *)frame_step_current
					       : (void *)frame_step_other,
			&w, 0);
}

#endif
