/*
 * python: the frames of a CPython thread, from the interpreter's own memory.
 *
 * The tool leaves the layout of its version with the process (wire_python). A thread's state is the
 * one in the interpreters' lists that has its thread pointer; from there its frames are a chain. A
 * code object that this process was not seen to run yet is sent as it lies in memory; the tool
 * makes names and lines of it.
 */
#ifndef CONCADVISE_PYTHON_BPF_H
#define CONCADVISE_PYTHON_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "event.bpf.h"
#include "file.bpf.h"
#include "room.bpf.h"
#include "thread.bpf.h"
#include "user.bpf.h"
#include "wire.h"

/* Threads and interpreters looked through for a thread's state: a bound of some 50 us. */
#define PYTHON_STATES_MAX 1024
/* A search in vain is not made again for 20 us a step, 400 times what a step takes. */
#define PYTHON_QUIET_NS 20000
/* Frames of code, and between any two one that the interpreter's C function keeps. */
#define PYTHON_STEPS_MAX (2 * WIRE_PYTHON_FRAMES + 2)

enum { PYTHON_NONE, PYTHON_FOUND, PYTHON_LOST }; /* of wire_stack */

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct wire_python); /* kept with the group leader */
} pythons SEC(".maps");

/* A code object; one at the same place with other strings is another one. */
struct code_key {
	__u64 code;
	__u64 parts; /* hash of where its strings and tables lie */
	__u32 first_line;
	__u32 process;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct code_key);
	__type(value, __u32); /* its number */
} codes SEC(".maps");

__u32 codes_sent;
__u32 pythons_met;

struct python_walk {
	struct stack_room *room;
	struct task_struct *task;
};

static __always_inline void python_inherit(struct task_struct *parent, struct task_struct *child)
{
	struct wire_python *known = bpf_task_storage_get(&pythons, parent->group_leader, NULL, 0);
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
static __always_inline void python_learn(struct stack_room *r, struct task_struct *leader)
{
	struct wire_python *known = bpf_task_storage_get(&pythons, leader, NULL, 0);

	r->python.minor = 0;
	if (!known)
		return;
	if (!known->process)
		known->process = __sync_fetch_and_add(&pythons_met, 1) + 1;
	r->python = *known;
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
	return r->frame_span <= ROOM_RAW && r->code_span <= ROOM_RAW;
}

static __always_inline __u64 state_frame(struct python_walk *w, __u64 state, bool current)
{
	const struct wire_python *l = &w->room->python;
	__u64 frame = user_word(state + l->thread_frame, w->task, current);

	if (frame && (l->minor == 11 || l->minor == 12))
		frame = user_word(frame + l->cframe_frame, w->task, current);
	return frame;
}

/* A thread that uses several interpreters has a state in each; the newest one that it is in. */
static __always_inline long state_step(struct python_walk *w, bool current)
{
	struct stack_room *r = w->room;
	const struct wire_python *l = &r->python;

	r->steps++;
	if (!r->state) {
		if (!r->interpreter)
			return 1;
		r->state = user_word(r->interpreter + l->interpreter_threads, w->task, current);
		r->interpreter = user_word(r->interpreter + l->interpreter_next, w->task, current);
		return 0;
	}
	if (user_word(r->state + l->thread_id, w->task, current) == r->pthread) {
		r->met = r->state;
		r->frame = state_frame(w, r->state, current);
		if (r->frame)
			return 1;
	}
	r->state = user_word(r->state + l->thread_next, w->task, current);
	return 0;
}

static long state_step_current(__u32 i, struct python_walk *w)
{
	return state_step(w, true);
}

static long state_step_other(__u32 i, struct python_walk *w)
{
	return state_step(w, false);
}

static __always_inline bool state_is_cached(
	struct thread *t, struct python_walk *w, bool single, bool current)
{
	struct stack_room *r = w->room;

	if (!single || !t->python_state ||
		user_word(t->python_state + r->python.thread_id, w->task, current) != r->pthread)
		return false;
	r->frame = state_frame(w, t->python_state, current);
	return r->frame != 0;
}

/* Finds the thread's innermost frame. */
static __always_inline int state_find(
	struct thread *t, struct python_walk *w, __u64 now, bool current)
{
	struct stack_room *r = w->room;
	bool single;

	r->state = r->frame = r->steps = r->met = 0;
	r->interpreter = user_word(r->python.interpreters, w->task, current);
	if (!r->interpreter || !r->pthread)
		return PYTHON_NONE; /* it has not begun yet */
	single = !user_word(r->interpreter + r->python.interpreter_next, w->task, current);
	if (state_is_cached(t, w, single, current))
		return PYTHON_FOUND;
	if (now < t->python_quiet_ns)
		return PYTHON_NONE;
	bpf_loop(PYTHON_STATES_MAX, current ? (void *)state_step_current : (void *)state_step_other,
		w, 0);
	if (!r->frame) {
		/* A thread that begins, say: next time it is looked for here first. */
		if (r->met)
			t->python_state = r->met;
		if (!r->met || single)
			t->python_quiet_ns = now + r->steps * PYTHON_QUIET_NS;
		return r->steps >= PYTHON_STATES_MAX ? PYTHON_LOST : PYTHON_NONE;
	}
	t->python_state = r->state;
	return PYTHON_FOUND;
}

static __always_inline __u64 raw_word(struct stack_room *r, __u32 offset)
{
	return *(__u64 *)(r->raw + (offset & (ROOM_RAW - 1)));
}

static __always_inline __u32 raw_half(struct stack_room *r, __u32 offset)
{
	return *(__u32 *)(r->raw + (offset & (ROOM_RAW - 1)));
}

static __always_inline __u8 raw_byte(struct stack_room *r, __u32 offset)
{
	return r->raw[offset & (ROOM_RAW - 1)];
}

static __always_inline long raw_read(struct python_walk *w, __u32 span, __u64 from, bool current)
{
	if (span > ROOM_RAW)
		return -1;
	return user_read(w->room->raw, span, from, w->task, current);
}

/* The memory behind a short string can be unreadable. */
static __always_inline void text_read(__u8 *to, __u64 from, struct python_walk *w, bool current)
{
	__u32 here = USER_PAGE - (from & (USER_PAGE - 1));

	__builtin_memset(to, 0, WIRE_TEXT_BYTES);
	if (!user_read(to, WIRE_TEXT_BYTES, from, w->task, current) || here >= WIRE_TEXT_BYTES)
		return;
	user_read(to, here & (WIRE_TEXT_BYTES - 1), from, w->task, current);
}

static __always_inline void lines_read(struct wire_code *c, struct python_walk *w, bool current)
{
	const struct wire_python *l = &w->room->python;
	__u32 bytes = 0;

	c->lines_whole = WIRE_LINES_UNKNOWN;
	if (!user_read(&bytes, sizeof(bytes), c->lines_address + l->bytes_size, w->task, current))
		c->lines_whole = bytes;
	barrier_var(bytes); /* the bound is to hold for the very register that is passed on */
	if (bytes > WIRE_LINES_BYTES)
		bytes = WIRE_LINES_BYTES;
	if (user_read(c->lines, bytes, c->lines_address + l->bytes_data, w->task, current))
		bytes = 0;
	c->lines_bytes = bytes;
}

/* Sends the code object that is in raw. 0: it could not be sent. */
static __always_inline __u32 code_send(
	struct python_walk *w, __u64 code, __u32 first_line, bool current)
{
	struct stack_room *r = w->room;
	const struct wire_python *l = &r->python;
	struct wire_code *c = &r->code;
	__u32 bytes;

	c->h = r->stack.h;
	c->h.type = WIRE_CODE;
	c->code = code;
	c->instructions = l->code_instructions ? code + l->code_instructions : 0;
	c->first_line = first_line;
	c->minor = l->minor;
	c->string_header = l->string_header;
	c->name_address = raw_word(r, l->code_name);
	c->file_address = raw_word(r, l->code_file);
	c->lines_address = raw_word(r, l->code_lines);
	c->number = __sync_fetch_and_add(&codes_sent, 1) + 1;
	c->reserved = 0;
	text_read(c->name, c->name_address, w, current);
	text_read(c->file, c->file_address, w, current);
	lines_read(c, w, current);
	bytes = c->lines_bytes;
	if (bytes > WIRE_LINES_BYTES || !event_output(c, sizeof(*c) + bytes))
		return 0;
	return c->number;
}

/* The number of a frame's code object, which is sent if it is new. */
static __always_inline __u32 code_note(
	struct python_walk *w, struct wire_python_frame *f, bool current)
{
	struct stack_room *r = w->room;
	const struct wire_python *l = &r->python;
	struct code_key key = {.code = f->code, .process = l->process};
	__u32 *known, number;

	key.first_line = f->first_line = raw_half(r, l->code_first_line);
	key.parts = hash_mix(raw_word(r, l->code_name), raw_word(r, l->code_file));
	key.parts = hash_mix(key.parts, raw_word(r, l->code_lines));
	known = bpf_map_lookup_elem(&codes, &key);
	if (known)
		return *known;
	number = code_send(w, f->code, f->first_line, current);
	if (number)
		bpf_map_update_elem(&codes, &key, &number, BPF_ANY);
	return number;
}

/* An instruction in a thread's own copy of the code (free-threaded builds): its original. */
static __always_inline __u64 copy_original(
	struct python_walk *w, __u64 code, __u64 at, __u32 copy, bool current)
{
	const struct wire_python *l = &w->room->python;
	__u64 copies = raw_word(w->room, l->code_copies);
	__u64 begin = user_word(copies + sizeof(__u64) * (1 + (__u64)copy), w->task, current);

	return begin ? at - begin + code + l->code_instructions : at;
}

static __always_inline void frame_take(
	struct python_walk *w, struct wire_python_frame *f, bool current)
{
	struct stack_room *r = w->room;
	const struct wire_python *l = &r->python;
	__u32 copy = l->frame_copy ? raw_half(r, l->frame_copy) : 0;

	f->code = raw_word(r, l->frame_code) & ~7ULL;
	f->at = l->at_bytes == sizeof(__u32) ? raw_half(r, l->frame_at) : raw_word(r, l->frame_at);
	f->outermost = l->minor <= 10 || (l->frame_entry && raw_byte(r, l->frame_entry));
	f->first_line = f->number = f->reserved = 0;
	if (raw_read(w, r->code_span, f->code, current)) {
		r->stack.frames_cut = 1;
		return;
	}
	if (copy)
		f->at = copy_original(w, f->code, f->at, copy, current);
	f->number = code_note(w, f, current);
}

static __always_inline long frame_step(struct python_walk *w, bool current)
{
	struct stack_room *r = w->room;
	const struct wire_python *l = &r->python;
	__u32 n = r->stack.frames_count;
	__u64 previous;

	if (!r->frame)
		return 1;
	if (n >= WIRE_PYTHON_FRAMES || raw_read(w, r->frame_span, r->frame, current)) {
		r->stack.frames_cut = 1;
		return 1;
	}
	previous = raw_word(r, l->frame_previous);
	if (l->frame_owner && raw_byte(r, l->frame_owner) >= l->owner_c) {
		if (n)
			r->frames[n - 1].outermost = 1;
	} else {
		frame_take(w, &r->frames[n], current);
		r->stack.frames_count = n + 1;
	}
	r->frame = previous;
	return 0;
}

static long frame_step_current(__u32 i, struct python_walk *w)
{
	return frame_step(w, true);
}

static long frame_step_other(__u32 i, struct python_walk *w)
{
	return frame_step(w, false);
}

/* Fills the frames of the room's stack. */
static __always_inline void python_take(
	struct stack_room *r, struct thread *t, struct task_struct *task, __u64 now, bool current)
{
	struct python_walk w = {.room = r, .task = task};

	r->stack.python = PYTHON_NONE;
	if (!r->python.minor)
		return;
	r->stack.python = python_measure(r) ? state_find(t, &w, now, current) : PYTHON_LOST;
	if (r->stack.python == PYTHON_FOUND)
		bpf_loop(PYTHON_STEPS_MAX,
			current ? (void *)frame_step_current : (void *)frame_step_other, &w, 0);
}

#endif
