/*
 * unwind: a frame at a time, by what is known of its code, else by the frame pointer.
 */
#include "unwind.h"

#include "cfi.h"
#include "image.h"
#include "module.h"

#include <string.h>

/* How far into a leaf, in bytes: longer ones are mostly loops unrolled, as of copying. */
#define LEAF_MAX 4096

/* What a step out of a frame came to. */
enum outcome {
	OUTCOME_CALLER,
	OUTCOME_SIGNAL, /* the caller was interrupted: its instruction is not a return address */
	OUTCOME_OUTERMOST,
	OUTCOME_LOST,
};

struct chain {
	struct modules *modules;
	int pid;
	struct cfi_stack stack;
	struct cfi_state state;
	bool returns;          /* the instruction's address is a return address */
	bool by_frame_pointer; /* so was the last step */
};

static struct cfi_state state_of(const struct wire_registers *r)
{
	return (struct cfi_state){
		.value =
			{
				[CFI_BX] = r->bx,
				[CFI_BP] = r->bp,
				[CFI_SP] = r->sp,
				[CFI_R12] = r->r12,
				[CFI_R13] = r->r13,
				[CFI_R14] = r->r14,
				[CFI_R15] = r->r15,
				[CFI_IP] = r->ip,
			},
		.known = (1u << CFI_REGISTERS) - 1,
	};
}

static bool read_two(const struct cfi_stack *s, uint64_t address, uint64_t ret[2])
{
	return cfi_stack_read(s, address, &ret[0]) && cfi_stack_read(s, address + 8, &ret[1]);
}

/* What the kernel begins a process with: the number of arguments, their addresses, a zero. */
static bool is_process_start(const struct cfi_stack *s, uint64_t sp)
{
	uint64_t arguments, first, end;

	return cfi_stack_read(s, sp, &arguments) && arguments < s->size / 8 &&
	       cfi_stack_read(s, sp + 8, &first) && (first > sp || arguments == 0) &&
	       cfi_stack_read(s, sp + 8 * (arguments + 1), &end) && end == 0;
}

/* A function that keeps frame pointers has its caller's where its own points, and the return
 * address above. */
static enum outcome step_by_frame_pointer(struct chain *c)
{
	uint64_t bp = c->state.value[CFI_BP], saved[2];

	if (!(c->state.known & 1u << CFI_BP))
		return OUTCOME_LOST;
	/* The ABI's mark of the outermost frame; in code that keeps no frame pointers, anything. */
	if (bp == 0)
		return c->by_frame_pointer || is_process_start(&c->stack, c->state.value[CFI_SP])
			       ? OUTCOME_OUTERMOST
			       : OUTCOME_LOST;
	if (bp % 8 || bp < c->state.value[CFI_SP] || !read_two(&c->stack, bp, saved))
		return OUTCOME_LOST;
	c->state.value[CFI_BP] = saved[0];
	c->state.value[CFI_IP] = saved[1];
	c->state.value[CFI_SP] = bp + 16;
	c->state.known = 1u << CFI_BP | 1u << CFI_IP | 1u << CFI_SP;
	c->by_frame_pointer = true;
	return OUTCOME_CALLER;
}

/* Does a call to the function in which the frame is end at a return address? Of direct calls only
 * it can be told: e8 and the distance. */
static bool is_return_from(const struct unwind_frame *frame, const struct unwind_frame *caller)
{
	const struct image *i = module_image(frame->module);
	unsigned char call[5];
	int32_t distance;
	uint64_t target;

	if (!i || caller->module != frame->module ||
		!image_read(i, caller->address - sizeof(call), call, sizeof(call)) ||
		call[0] != 0xe8)
		return false;
	memcpy(&distance, call + 1, sizeof(distance));
	target = caller->address + (int64_t)distance;
	return target <= frame->address && frame->address - target < LEAF_MAX;
}

/* A function that calls no other may have no frame at all: what lies on top of the stack is then
 * its return address, and all else is as its caller had it. */
static bool step_from_leaf(struct chain *c, const struct unwind_frame *frame)
{
	struct unwind_frame caller;
	uint64_t top;

	if (c->returns || !frame->module ||
		!cfi_stack_read(&c->stack, c->state.value[CFI_SP], &top) ||
		!modules_locate(c->modules, c->pid, top, &caller.module, &caller.address) ||
		!is_return_from(frame, &caller))
		return false;
	c->state.value[CFI_IP] = top;
	c->state.value[CFI_SP] += sizeof(top);
	return true;
}

static enum outcome step_by_cfi(struct chain *c, struct cfi *cfi, const struct cfi_row *row)
{
	struct cfi_state caller;

	c->by_frame_pointer = false;
	if (cfi_row_is_outermost(row))
		return OUTCOME_OUTERMOST;
	if (!cfi_step(cfi, row, &c->stack, &c->state, &caller))
		return OUTCOME_LOST;
	c->state = caller;
	return cfi_row_is_signal(row) ? OUTCOME_SIGNAL : OUTCOME_CALLER;
}

/* Where the frame is: the place in its code, or for a return address the call before it. */
static bool frame_locate(struct chain *c, struct unwind_frame *ret)
{
	uint64_t at = c->state.value[CFI_IP] - c->returns;

	return modules_locate(c->modules, c->pid, at, &ret->module, &ret->address);
}

static enum outcome frame_step(struct chain *c, struct unwind_frame *frame)
{
	struct cfi *cfi = frame->module ? module_cfi(frame->module) : NULL;
	const struct cfi_row *row = cfi ? cfi_find(cfi, frame->address, c->returns) : NULL;

	if (!row)
		return step_from_leaf(c, frame) ? OUTCOME_CALLER : step_by_frame_pointer(c);
	/* What a handler returns to is the start of a function, not the end of a call. */
	if (cfi_row_is_signal(row))
		frame->address += c->returns;
	return step_by_cfi(c, cfi, row);
}

/* Stacks grow downwards: a caller's part lies higher. So no chain is endless. */
static enum outcome frame_leave(struct chain *c, struct unwind_frame *frame)
{
	uint64_t sp = c->state.value[CFI_SP];
	enum outcome outcome = frame_step(c, frame);

	if (outcome == OUTCOME_OUTERMOST || outcome == OUTCOME_LOST)
		return outcome;
	if (c->state.value[CFI_IP] == 0)
		return OUTCOME_OUTERMOST;
	return c->state.value[CFI_SP] > sp ? outcome : OUTCOME_LOST;
}

size_t unwind(struct modules *m, const struct unwind_input *in, struct unwind_frame *ret,
	size_t max, bool *ret_truncated)
{
	struct chain c = {
		.modules = m,
		.pid = in->pid,
		.stack = {.start = in->stack_start, .bytes = in->stack, .size = in->stack_bytes},
		.state = state_of(&in->registers),
	};
	enum outcome outcome = OUTCOME_LOST;
	size_t count = 0;

	while (count < max) {
		outcome = OUTCOME_LOST;
		if (!frame_locate(&c, &ret[count]))
			break;
		outcome = frame_leave(&c, &ret[count++]);
		if (outcome == OUTCOME_OUTERMOST || outcome == OUTCOME_LOST)
			break;
		c.returns = outcome == OUTCOME_CALLER;
	}
	*ret_truncated = outcome != OUTCOME_OUTERMOST;
	return count;
}
