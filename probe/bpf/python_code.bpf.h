/*
 * python_code: code objects, each sent once as it lies in memory, and known by its number then.
 *
 * Memory of code that is no more is used again, so that an address alone names nothing: what stays
 * as it is in a code object is part of what it is known by.
 */
#ifndef CONCADVISE_PYTHON_CODE_BPF_H
#define CONCADVISE_PYTHON_CODE_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "event.bpf.h"
#include "file.bpf.h"
#include "room.bpf.h"
#include "user.bpf.h"
#include "wire.h"

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
static __always_inline __u64 code_word(struct stack_room *r, __u32 offset)
{
	return *(__u64 *)(r->code_raw + (offset & (ROOM_CODE - 1)));
}

/* The memory behind a short string can be unreadable. */
static __always_inline void text_read(__u8 *to, __u64 from, struct python_walk *w, enum reach reach)
{
	__u32 here = USER_PAGE - (from & (USER_PAGE - 1));

	__builtin_memset(to, 0, WIRE_TEXT_BYTES);
	if (!user_read(to, WIRE_TEXT_BYTES, from, w->task, reach) || here >= WIRE_TEXT_BYTES)
		return;
	user_read(to, here & (WIRE_TEXT_BYTES - 1), from, w->task, reach);
}

static __always_inline void lines_read(struct wire_code *c, struct python_walk *w, enum reach reach)
{
	const struct wire_python *l = &w->room->python;
	__u32 bytes = 0;

	c->lines_whole = WIRE_LINES_UNKNOWN;
	if (!user_read(&bytes, sizeof(bytes), c->lines_address + l->bytes_size, w->task, reach))
		c->lines_whole = bytes;
	barrier_var(bytes); /* the bound is to hold for the very register that is passed on */
	if (bytes > WIRE_LINES_BYTES)
		bytes = WIRE_LINES_BYTES;
	if (user_read(c->lines, bytes, c->lines_address + l->bytes_data, w->task, reach))
		bytes = 0;
	c->lines_bytes = bytes;
}

/* Sends the code object that is in code_raw. 0: it could not be sent. */
static __always_inline __u32 code_send(
	struct python_walk *w, __u64 code, __u32 first_line, enum reach reach)
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
	text_read(c->name, c->name_address, w, reach);
	text_read(c->file, c->file_address, w, reach);
	lines_read(c, w, reach);
	bytes = c->lines_bytes;
	if (bytes > WIRE_LINES_BYTES || !event_output(c, sizeof(*c) + bytes))
		return 0;
	return c->number;
}

static __always_inline __u32 code_number(
	struct python_walk *w, const struct code_key *key, enum reach reach)
{
	__u32 *known = bpf_map_lookup_elem(&codes, key), number;

	if (known)
		return *known;
	number = code_send(w, key->code, key->first_line, reach);
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
static __always_inline __u64 table_hash(struct python_walk *w, __u64 table, enum reach reach)
{
	struct {
		__u64 length, hash, begin[2];
	} bytes = {};

	user_read(&bytes, sizeof(bytes), table + w->room->python.bytes_size, w->task, reach);
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
static __always_inline __u64 code_parts(struct python_walk *w, enum reach reach)
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
	return hash_mix(parts, table_hash(w, code_word(r, l->code_lines), reach));
}

/* Finds out the number of a frame's code object, which is sent if it is new. */
static __always_inline void code_note(
	struct python_walk *w, struct wire_python_frame *f, enum reach reach)
{
	struct stack_room *r = w->room;
	const struct wire_python *l = &r->python;
	struct code_met *met = reach == REACH_CURRENT ? code_met_at(w, f->code) : NULL;
	struct code_key key = {.code = f->code, .process = l->process};

	if (met && code_is_fresh(w, met, f->code)) {
		f->first_line = met->first_line;
		f->number = met->number;
		return;
	}
	if (r->code_span > ROOM_CODE ||
		user_read(r->code_raw, r->code_span, f->code, w->task, reach)) {
		r->stack.frames_cut = 1;
		return;
	}
	key.first_line = f->first_line = code_word(r, l->code_first_line);
	key.parts = code_parts(w, reach);
	if (met && met->code == key.code && met->parts == key.parts &&
		met->first_line == key.first_line && met->process == key.process) {
		f->number = met->number;
		met->checked_ns = r->now;
		return;
	}
	f->number = code_number(w, &key, reach);
	if (met && f->number)
		*met = (struct code_met){
			key.code, key.parts, key.first_line, key.process, f->number, 0, r->now};
}

#endif
