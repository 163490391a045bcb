/*
 * stack: unwinds, puts Python's frames in their place, and tells chains apart by a hash of their
 * frames.
 */
#include "stack.h"

#include "chain.h"
#include "frame_name.h"
#include "interpreter.h"
#include "measurement.h"
#include "module.h"
#include "python_code.h"
#include "raw_frame.h"
#include "table.h"
#include "unwind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* 16 KB of stack hold no more in all but a recursion of tiny functions, whose outer end is then
 * cut.
 */
#define NATIVES_MAX 256
#define CHAIN_MAX (NATIVES_MAX + WIRE_PYTHON_FRAMES)

struct kept {
	struct chain chain; /* of rows of raw frames; owned */
	bool truncated;
};

struct stacks {
	struct modules *modules;
	struct python_codes *codes;
	struct interpreters *interpreters;
	struct frame_names *names;
	struct raw_frames frames;
	struct kept *chains;
	size_t chains_count;
	struct table places;  /* frames of a chain -> chain */
	struct table pythons; /* code object and instruction -> raw frame */
	uint64_t not_kept;
	/* Of the stack that is looked at. */
	struct unwind_frame natives[NATIVES_MAX];
	enum chain_role roles[NATIVES_MAX];
	bool outermost[WIRE_PYTHON_FRAMES];
	struct chain_frame merged[CHAIN_MAX];
	uint32_t rows[CHAIN_MAX];
};

struct stacks *stacks_new(struct modules *modules)
{
	struct stacks *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->modules = modules;
	s->codes = python_codes_new();
	s->interpreters = interpreters_new();
	s->names = frame_names_new(modules);
	if (!s->codes || !s->interpreters || !s->names) {
		stacks_free(s);
		return NULL;
	}
	return s;
}

void stacks_free(struct stacks *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->chains_count; i++)
		free((uint32_t *)s->chains[i].chain.frames);
	free(s->chains);
	table_free(&s->places);
	table_free(&s->pythons);
	raw_frames_free(&s->frames);
	frame_names_free(s->names);
	interpreters_free(s->interpreters);
	python_codes_free(s->codes);
	free(s);
}

bool stacks_take_code(struct stacks *s, int pid, const struct wire_code *e, size_t size)
{
	return python_codes_take(s->codes, pid, e, size) != -EBADMSG;
}

static uint32_t native_row(
	struct stacks *s, const struct stack_process *p, const struct unwind_frame *f)
{
	const struct raw_frame generated = {
		.kind = RAW_GENERATED, .pid = p->pid, .process = p->row, .address = f->address};
	const struct raw_frame native = {
		.kind = RAW_NATIVE, .module = f->module, .address = f->address};
	uint32_t row;

	if (f->module)
		return raw_frame_row(&s->frames, &native);
	row = raw_frame_row(&s->frames, &generated);
	if (row != RAW_NONE) /* their number is bounded */
		frame_names_expect(s->names, p->pid);
	return row;
}

/* Python code that could not be read is somewhere of its own in its process. */
static uint32_t python_row_new(
	struct stacks *s, const struct stack_process *p, const struct wire_python_frame *f)
{
	const struct python_code *code = python_codes_find(s->codes, f->number);
	struct raw_frame like = {.kind = RAW_PYTHON};

	if (code && code->inner)
		return RAW_HIDDEN;
	if (code) {
		like.function = (char *)code->function;
		like.file = (char *)code->file;
		like.line = python_code_line(code, f->at);
	} else {
		like.pid = p->pid;
		like.process = p->row;
		like.address = f->code;
	}
	return raw_frame_row(&s->frames, &like);
}

/* Which line an instruction is on is found out once. */
static uint32_t python_row(
	struct stacks *s, const struct stack_process *p, const struct wire_python_frame *f)
{
	uint64_t hash = table_mix(table_mix(table_mix(0, f->number), f->code), f->at);
	size_t known;
	uint32_t row;

	if (f->number == 0)
		return python_row_new(s, p, f);
	if (table_get(&s->pythons, hash, &known))
		return (uint32_t)known;
	row = python_row_new(s, p, f);
	/* Their number is bounded by that of the frames; beyond, it is found out again. */
	if (row != RAW_NONE && s->pythons.count < 4UL * RAW_FRAMES_MAX)
		table_set(&s->pythons, hash, row);
	return row;
}

static size_t natives_read(
	struct stacks *s, const struct stack_process *p, const struct wire_stack *e, bool *ret_cut)
{
	const struct unwind_input in = {.pid = p->pid,
		.registers = e->registers,
		.stack_start = e->stack_start,
		.stack = &e->frames[e->frames_count],
		.stack_bytes = e->stack_bytes};

	return unwind(s->modules, &in, s->natives, NATIVES_MAX, ret_cut);
}

static size_t chain_read(struct stacks *s, const struct stack_process *p,
	const struct wire_stack *e, bool *ret_truncated)
{
	struct chain_input in = {.natives = s->roles,
		.outermost = s->outermost,
		.pythons_count = e->frames_count,
		.pythons_cut = e->frames_cut};

	in.natives_count = natives_read(s, p, e, &in.natives_cut);
	/* Only where there is Python code to be placed: to look into files costs. */
	for (size_t i = 0; i < in.natives_count; i++)
		s->roles[i] = e->frames_count > 0
				      ? interpreter_role(s->interpreters, s->natives[i].module,
						s->natives[i].address)
				      : CHAIN_NATIVE;
	for (size_t i = 0; i < in.pythons_count; i++)
		s->outermost[i] = e->frames[i].outermost;
	*ret_truncated = in.natives_cut || in.pythons_cut;
	return chain_merge(&in, s->merged);
}

/* From s->merged to s->rows; fewer where frames are hidden. False: one could not be kept. */
static bool rows_find(
	struct stacks *s, const struct stack_process *p, const struct wire_stack *e, size_t *count)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		const struct chain_frame *f = &s->merged[i];
		uint32_t row = f->python ? python_row(s, p, &e->frames[f->index])
					 : native_row(s, p, &s->natives[f->index]);

		if (row == RAW_NONE)
			return false;
		if (row != RAW_HIDDEN)
			s->rows[kept++] = row;
	}
	*count = kept;
	return true;
}

static uint32_t chain_add(struct stacks *s, size_t count, bool truncated, uint64_t hash)
{
	uint32_t *frames = malloc((count ? count : 1) * sizeof(*frames));
	struct kept *kept;

	if (!frames)
		return STACK_NONE;
	kept = measured_append(&s->chains, &s->chains_count, sizeof(*s->chains));
	if (!kept) {
		free(frames);
		return STACK_NONE;
	}
	memcpy(frames, s->rows, count * sizeof(*frames));
	kept->chain = (struct chain){.number = (uint32_t)(s->chains_count - 1),
		.count = (uint32_t)count,
		.frames = frames};
	kept->truncated = truncated;
	if (table_set(&s->places, hash, s->chains_count - 1) < 0)
		return STACK_NONE;
	return (uint32_t)(s->chains_count - 1);
}

static uint32_t chain_number(struct stacks *s, size_t count, bool truncated)
{
	uint64_t hash = table_mix(table_mix(0, count), truncated);
	size_t known;

	for (size_t i = 0; i < count; i++)
		hash = table_mix(hash, s->rows[i]);
	if (table_get(&s->places, hash, &known))
		return (uint32_t)known;
	return s->chains_count < STACKS_MAX ? chain_add(s, count, truncated, hash) : STACK_NONE;
}

static bool event_is_whole(const struct wire_stack *e, size_t size)
{
	return size >= sizeof(*e) && e->frames_count <= WIRE_PYTHON_FRAMES &&
	       e->stack_bytes <= WIRE_STACK_BYTES &&
	       size - sizeof(*e) >= e->frames_count * sizeof(e->frames[0]) + e->stack_bytes;
}

bool stacks_take(struct stacks *s, const struct stack_process *p, const struct wire_stack *e,
	size_t size, uint32_t *ret)
{
	bool truncated = false;
	size_t count;

	if (!event_is_whole(e, size))
		return false;
	count = chain_read(s, p, e, &truncated);
	*ret = rows_find(s, p, e, &count) ? chain_number(s, count, truncated) : STACK_NONE;
	s->not_kept += *ret == STACK_NONE;
	return true;
}

struct chain stacks_chain(const struct stacks *s, uint32_t number)
{
	return s->chains[number].chain;
}

static int chain_name(
	struct measurement *m, const struct frame_rows *named, const struct kept *kept)
{
	const struct chain *c = &kept->chain;
	struct measured_stack *to = measurement_add_stack(m);
	size_t room = 0;

	if (!to)
		return -ENOMEM;
	for (size_t i = 0; i < c->count; i++)
		room += named[c->frames[i]].count;
	to->truncated = kept->truncated;
	to->frames = calloc(room ? room : 1, sizeof(*to->frames));
	if (!to->frames)
		return -ENOMEM;
	for (size_t i = 0; i < c->count; i++)
		for (size_t n = 0; n < named[c->frames[i]].count; n++) {
			if (to->frames_count == MEASURED_STACK_MAX) {
				to->truncated = true;
				return 0;
			}
			to->frames[to->frames_count++] = named[c->frames[i]].first + n;
		}
	return 0;
}

int stacks_finish(struct stacks *s, struct measurement *m)
{
	struct frame_rows *named = NULL;
	int error = frame_names_give(s->names, &s->frames, m, &named);

	for (size_t i = 0; error == 0 && i < s->chains_count; i++)
		error = chain_name(m, named, &s->chains[i]);
	free(named);
	if (error < 0)
		return error;
	return measurement_add_loss(m, "call sites beyond the 16,384 that are kept", s->not_kept);
}

char *stacks_variable(struct stacks *s, int pid, uint64_t address)
{
	return frame_names_variable(s->names, pid, address);
}
