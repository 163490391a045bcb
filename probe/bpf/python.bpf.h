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

/* Threads and interpreters looked through for a thread's state: a bound of 1 ms, which is met once
 * in a process of so many threads, as all that are passed by are noted. */
#define PYTHON_STATES_MAX 4096
#define PYTHON_STATES_NEAR 16 /* not worth noting */
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

struct state_key {
	__u64 pthread;
	__u64 process;
};

/* Where a thread's state was when another one was looked for. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 2 * PYTHON_STATES_MAX);
	__type(key, struct state_key);
	__type(value, __u64);
} states SEC(".maps");

/* A code object; one at the same place with other parts is another one. */
struct code_key {
	__u64 code;
	__u64 parts; /* hash of what does not change in it */
	__u32 first_line;
	__u32 process;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct code_key);
	__type(value, __u32); /* its number */
} codes SEC(".maps");

/* The outer frames' code objects are taken for what they were so long, the inner ones' never. */
#define CODE_FRESH_NS 20000000
#define CODES_CHECKED 8
#define CODES_MET 1024

struct code_met {
	__u64 code, parts;
	__u32 first_line, process, number, reserved;
	__u64 checked_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CODES_MET);
	__type(key, __u32);
	__type(value, struct code_met);
} codes_met SEC(".maps");

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
	return r->frame_span <= ROOM_FRAMES && r->code_span <= ROOM_CODE;
}

static __always_inline bool state_is_indirect(const struct wire_python *l)
{
	return l->minor == 11 || l->minor == 12;
}

static __always_inline __u64 state_frame(struct python_walk *w, __u64 state, bool current)
{
	const struct wire_python *l = &w->room->python;
	__u64 frame = user_word(state + l->thread_frame, w->task, current);

	if (frame && state_is_indirect(l))
		frame = user_word(frame + l->cframe_frame, w->task, current);
	return frame;
}

/*
 * Up to 3.12 a state goes by the thread that made it, also while another one runs an interpreter
 * with it. But what tells its current frame lies on the stack of the thread that runs it.
 */
static __always_inline bool state_is_on_stack(struct python_walk *w, bool current)
{
	const struct stack_room *r = w->room;

	return r->several && state_is_indirect(&r->python) &&
	       user_word(r->state + r->python.thread_frame, w->task, current) - r->sp < r->height;
}

static __always_inline void state_note(struct stack_room *r, __u64 pthread)
{
	struct state_key key = {pthread, r->python.process};

	bpf_map_update_elem(&states, &key, &r->state, BPF_ANY);
}

/* Looks at one state, or goes on to the next interpreter's. 1: found, or at the end. */
static __always_inline long state_step(struct python_walk *w, bool current)
{
	struct stack_room *r = w->room;
	const struct wire_python *l = &r->python;
	__u64 frame, pthread;
	bool on_stack;

	r->steps++;
	if (!r->state) {
		if (!r->interpreter)
			return 1;
		r->state = user_word(r->interpreter + l->interpreter_threads, w->task, current);
		r->interpreter = user_word(r->interpreter + l->interpreter_next, w->task, current);
		return 0;
	}
	pthread = user_word(r->state + l->thread_id, w->task, current);
	on_stack = state_is_on_stack(w, current);
	if (on_stack || pthread == r->pthread) {
		frame = state_frame(w, r->state, current);
		/* A thread that uses several interpreters has a state in each: the newest one that
		 * it is in. */
		if (on_stack || !r->met_frame) {
			r->met = r->state;
			r->met_frame = frame;
		}
		if (frame && (on_stack || !r->several || !state_is_indirect(l)))
			return 1;
	} else if (r->steps > PYTHON_STATES_NEAR) {
		state_note(r, pthread);
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

/* Whether the state is the thread's still; then its frame is, too. */
static __always_inline bool state_is_own(struct python_walk *w, __u64 state, bool current)
{
	struct stack_room *r = w->room;

	if (!state || user_word(state + r->python.thread_id, w->task, current) != r->pthread)
		return false;
	r->frame = state_frame(w, state, current);
	return r->frame != 0;
}

static __always_inline bool state_is_known(struct thread *t, struct python_walk *w, bool current)
{
	struct state_key key = {w->room->pthread, w->room->python.process};
	__u64 *noted;

	if (w->room->several)
		return false;
	if (state_is_own(w, t->python_state, current))
		return true;
	noted = bpf_map_lookup_elem(&states, &key);
	if (!noted || *noted == t->python_state)
		return false;
	t->python_state = *noted;
	return state_is_own(w, t->python_state, current);
}

/* Finds the thread's innermost frame. */
static __always_inline int state_find(
	struct thread *t, struct python_walk *w, __u64 now, bool current)
{
	struct stack_room *r = w->room;

	r->state = r->frame = r->steps = r->met = r->met_frame = 0;
	r->interpreter = user_word(r->python.interpreters, w->task, current);
	if (!r->interpreter || !r->pthread)
		return PYTHON_NONE; /* it has not begun yet */
	r->several = user_word(r->interpreter + r->python.interpreter_next, w->task, current) != 0;
	if (state_is_known(t, w, current))
		return PYTHON_FOUND;
	if (now < t->python_quiet_ns)
		return PYTHON_NONE;
	bpf_loop(PYTHON_STATES_MAX, current ? (void *)state_step_current : (void *)state_step_other,
		w, 0);
	/* Of a thread that begins there is no frame yet: next time it is looked for here first. */
	if (r->met)
		t->python_state = r->met;
	r->frame = r->met_frame;
	if (r->frame)
		return PYTHON_FOUND;
	if (!r->met || !r->several)
		t->python_quiet_ns = now + r->steps * PYTHON_QUIET_NS;
	return r->steps >= PYTHON_STATES_MAX ? PYTHON_LOST : PYTHON_NONE;
}

static __always_inline __u64 code_word(struct stack_room *r, __u32 offset)
{
	return *(__u64 *)(r->code_raw + (offset & (ROOM_CODE - 1)));
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
static __always_inline bool frame_read(struct python_walk *w, __u64 frame, bool current)
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
	if (size > ROOM_FRAMES || user_read(r->window_raw, size, start, w->task, current))
		return false;
	r->window = start;
	r->window_end = end;
	return true;
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

/* Sends the code object that is in code_raw. 0: it could not be sent. */
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
	c->name_address = code_word(r, l->code_name);
	c->file_address = code_word(r, l->code_file);
	c->lines_address = code_word(r, l->code_lines);
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

static __always_inline __u32 code_number(
	struct python_walk *w, const struct code_key *key, bool current)
{
	__u32 *known = bpf_map_lookup_elem(&codes, key), number;

	if (known)
		return *known;
	number = code_send(w, key->code, key->first_line, current);
	if (number)
		bpf_map_update_elem(&codes, key, &number, BPF_ANY);
	return number;
}

/*
 * What the CPU met last of the code objects that share a place here. Without it each frame costs
 * two reads and a look into a large table, none of it near.
 */
static __always_inline struct code_met *code_met_at(struct python_walk *w, __u64 code)
{
	__u32 place = hash_mix(code, w->room->python.process) % CODES_MET;

	return bpf_map_lookup_elem(&codes_met, &place);
}

/*
 * An outer frame's code object was looked at a moment ago: its memory is hardly another one's by
 * now. Of the inner frames none is taken on trust.
 */
static __always_inline bool code_is_fresh(
	struct python_walk *w, const struct code_met *met, __u64 code)
{
	const struct stack_room *r = w->room;

	return r->stack.frames_count >= CODES_CHECKED && met->code == code &&
	       met->process == r->python.process && r->now - met->checked_ns < CODE_FRESH_NS;
}

/* The first so many bytes of a word. */
static __always_inline __u64 word_begin(__u64 word, __u64 bytes)
{
	return bytes < sizeof(word) ? word & ((1ULL << (8 * bytes)) - 1) : word;
}

/* A hash of the length and the first 16 bytes of a table. */
static __always_inline __u64 table_hash(struct python_walk *w, __u64 table, bool current)
{
	struct {
		__u64 length, hash, begin[2];
	} bytes = {};

	user_read(&bytes, sizeof(bytes), table + w->room->python.bytes_size, w->task, current);
	bytes.begin[0] = word_begin(bytes.begin[0], bytes.length);
	bytes.begin[1] = bytes.length > 8 ? word_begin(bytes.begin[1], bytes.length - 8) : 0;
	return hash_mix(hash_mix(bytes.length, bytes.begin[0]), bytes.begin[1]);
}

/*
 * A hash of what stays as it is in a code object. Code that exec() and eval() are done with gives
 * its memory to the next, its strings and table too: one address tells nothing. From 3.12 on
 * co_version is among the fields, which no two code objects have; before, all of them can be alike,
 * and the table's length and beginning are looked at too.
 */
static __always_inline __u64 code_parts(struct python_walk *w, bool current)
{
	struct stack_room *r = w->room;
	const struct wire_python *l = &r->python;
	/* First behind the object's head: how much code it is, and its constants. */
	__u64 parts = hash_mix(code_word(r, l->bytes_size), code_word(r, l->bytes_size + 8));
	__u32 at = l->code_first_line & ~7U;

	for (int i = 0; i < ROOM_CODE / 8 && at <= l->code_lines; i++, at += 8)
		parts = hash_mix(parts, code_word(r, at));
	if (l->minor >= 12)
		return parts;
	return hash_mix(parts, table_hash(w, code_word(r, l->code_lines), current));
}

/* Finds out the number of a frame's code object, which is sent if it is new. */
static __always_inline void code_note(
	struct python_walk *w, struct wire_python_frame *f, bool current)
{
	struct stack_room *r = w->room;
	const struct wire_python *l = &r->python;
	struct code_met *met = current ? code_met_at(w, f->code) : NULL;
	struct code_key key = {.code = f->code, .process = l->process};

	if (met && code_is_fresh(w, met, f->code)) {
		f->first_line = met->first_line;
		f->number = met->number;
		return;
	}
	if (r->code_span > ROOM_CODE ||
		user_read(r->code_raw, r->code_span, f->code, w->task, current)) {
		r->stack.frames_cut = 1;
		return;
	}
	key.first_line = f->first_line = code_word(r, l->code_first_line);
	key.parts = code_parts(w, current);
	if (met && met->code == key.code && met->parts == key.parts &&
		met->first_line == key.first_line && met->process == key.process) {
		f->number = met->number;
		met->checked_ns = r->now;
		return;
	}
	f->number = code_number(w, &key, current);
	if (met && f->number)
		*met = (struct code_met){
			key.code, key.parts, key.first_line, key.process, f->number, 0, r->now};
}

/* An instruction in a thread's own copy of the code (free-threaded builds): its original. */
static __always_inline __u64 copy_original(
	struct python_walk *w, __u64 code, __u64 at, __u32 copy, bool current)
{
	const struct wire_python *l = &w->room->python;
	__u64 copies = user_word(code + l->code_copies, w->task, current);
	__u64 begin = user_word(copies + sizeof(__u64) * (1 + (__u64)copy), w->task, current);

	return begin ? at - begin + code + l->code_instructions : at;
}

static __always_inline void frame_take(
	struct python_walk *w, struct wire_python_frame *f, __u32 at, bool current)
{
	struct stack_room *r = w->room;
	const struct wire_python *l = &r->python;
	__u32 copy = l->frame_copy ? frame_half(r, at, l->frame_copy) : 0;

	f->code = frame_word(r, at, l->frame_code) & ~7ULL;
	f->at = l->at_bytes == sizeof(__u32) ? frame_half(r, at, l->frame_at)
					     : frame_word(r, at, l->frame_at);
	if (copy)
		f->at = copy_original(w, f->code, f->at, copy, current);
	f->outermost = l->minor <= 10 || (l->frame_entry && frame_byte(r, at, l->frame_entry));
	f->first_line = f->number = f->reserved = 0;
	code_note(w, f, current);
}

static __always_inline long frame_step(struct python_walk *w, bool current)
{
	struct stack_room *r = w->room;
	const struct wire_python *l = &r->python;
	__u32 n = r->stack.frames_count, at;

	if (!r->frame)
		return 1;
	if (n >= WIRE_PYTHON_FRAMES || !frame_read(w, r->frame, current)) {
		r->stack.frames_cut = 1;
		return 1;
	}
	at = r->frame - r->window;
	r->frame = frame_word(r, at, l->frame_previous);
	if (!l->frame_owner || frame_byte(r, at, l->frame_owner) < l->owner_c) {
		frame_take(w, &r->frames[n], at, current);
		r->stack.frames_count = n + 1;
	} else if (n) {
		r->frames[n - 1].outermost = 1;
	}
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
	r->now = now;
	r->window = r->window_end = 0;
	if (!r->python.minor)
		return;
	r->stack.python = python_measure(r) ? state_find(t, &w, now, current) : PYTHON_LOST;
	if (r->stack.python == PYTHON_FOUND)
		bpf_loop(PYTHON_STEPS_MAX,
			current ? (void *)frame_step_current : (void *)frame_step_other, &w, 0);
}

#endif
