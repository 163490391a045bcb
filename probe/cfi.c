/*
 * cfi: a row for each address that was asked for, in a table of open addressing. libdw takes
 * microseconds to work a row out; to apply one takes some ten nanoseconds.
 */
#include "cfi.h"

#include "cfi_row.h"
#include "debug_frame.h"
#include "expression.h"
#include "image.h"
#include "table.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_FIRST 64
#define ROWS_MAX 65536 /* 6 MB; then the table is begun anew */

struct cfi {
	struct image *image;
	Dwarf_CFI *eh_frame;    /* NULL: none */
	Dwarf_CFI *debug_frame; /* NULL: none; borrowed from the next */
	struct debug_frame *own_frames;
	struct cfi_row *rows;
	size_t room, count;
	Dwarf_Op *ops;
	size_t ops_count, ops_room;
};

struct cfi *cfi_new(struct image *i)
{
	struct cfi *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->image = i;
	c->eh_frame = dwarf_getcfi_elf(image_elf(i));
	c->own_frames = debug_frame_new(i); /* Go's compiler, for one, makes no other */
	c->debug_frame = debug_frame_cfi(c->own_frames);
	return c;
}

void cfi_free(struct cfi *c)
{
	if (!c)
		return;
	if (c->eh_frame)
		dwarf_cfi_end(c->eh_frame);
	debug_frame_free(c->own_frames);
	free(c->rows);
	free(c->ops);
	free(c);
}

bool cfi_stack_read(const struct cfi_stack *s, uint64_t address, uint64_t *ret)
{
	if (address < s->start || s->size < sizeof(*ret) ||
		address - s->start > s->size - sizeof(*ret))
		return false;
	memcpy(ret, s->bytes + (address - s->start), sizeof(*ret));
	return true;
}

static struct cfi_row *row_place(const struct cfi *c, uint64_t address, bool returns)
{
	size_t at = table_mix(returns, address) & (c->room - 1);

	while (c->rows[at].state != ROW_FREE &&
		(c->rows[at].address != address || c->rows[at].returns != returns))
		at = (at + 1) & (c->room - 1);
	return &c->rows[at];
}

static void rows_forget(struct cfi *c)
{
	memset(c->rows, 0, c->room * sizeof(*c->rows));
	c->count = 0;
	c->ops_count = 0;
}

/* Room for one row more. */
static bool rows_grow(struct cfi *c)
{
	struct cfi larger = *c;

	if (2 * c->count < c->room)
		return true;
	if (c->room == ROWS_MAX) {
		rows_forget(c);
		return true;
	}
	larger.room = c->room ? 2 * c->room : ROWS_FIRST;
	larger.rows = calloc(larger.room, sizeof(*larger.rows));
	if (!larger.rows)
		return false;
	for (size_t i = 0; i < c->room; i++)
		if (c->rows[i].state != ROW_FREE)
			*row_place(&larger, c->rows[i].address, c->rows[i].returns) = c->rows[i];
	free(c->rows);
	*c = larger;
	return true;
}

static struct rule rule_expression(struct cfi *c, const Dwarf_Op *ops, size_t count, enum how how)
{
	if (count > UINT16_MAX)
		return (struct rule){.how = HOW_UNKNOWN};
	while (c->ops_room - c->ops_count < count) {
		size_t room = c->ops_room ? 2 * c->ops_room : 64;
		Dwarf_Op *grown = reallocarray(c->ops, room, sizeof(*grown));

		if (!grown)
			return (struct rule){.how = HOW_UNKNOWN};
		c->ops = grown;
		c->ops_room = room;
	}
	memcpy(c->ops + c->ops_count, ops, count * sizeof(*ops));
	c->ops_count += count;
	return (struct rule){.how = how, .count = count, .at = c->ops_count - count};
}

static struct rule rule_offset(enum how how, enum cfi_register reg, uint64_t offset)
{
	int64_t at = offset;

	if (reg == CFI_REGISTERS || at != (int32_t)at)
		return (struct rule){.how = HOW_UNKNOWN};
	return (struct rule){.how = how, .reg = reg, .at = at};
}

static struct rule rule_of_frame(struct cfi *c, Dwarf_Frame *frame)
{
	Dwarf_Op *ops;
	size_t count;

	if (dwarf_frame_cfa(frame, &ops, &count) < 0 || count == 0)
		return (struct rule){.how = HOW_UNKNOWN};
	if (count == 1 && ops->atom == DW_OP_bregx)
		return rule_offset(HOW_REGISTER, expression_register(ops->number), ops->number2);
	if (count == 1 && ops->atom >= DW_OP_breg0 && ops->atom <= DW_OP_breg31)
		return rule_offset(
			HOW_REGISTER, expression_register(ops->atom - DW_OP_breg0), ops->number);
	return rule_expression(c, ops, count, HOW_EXPRESSION);
}

/* libdw makes expressions of all rules; the common ones are told by their form. */
static struct rule rule_of_ops(struct cfi *c, const Dwarf_Op *ops, size_t count)
{
	bool value = ops[count - 1].atom == DW_OP_stack_value;
	size_t location = count - value;

	if (location == 1 && ops[0].atom == DW_OP_call_frame_cfa)
		return rule_offset(value ? HOW_OFFSET : HOW_SAVED, CFI_SP, 0);
	if (location == 2 && ops[0].atom == DW_OP_call_frame_cfa &&
		ops[1].atom == DW_OP_plus_uconst)
		return rule_offset(value ? HOW_OFFSET : HOW_SAVED, CFI_SP, ops[1].number);
	if (count == 1 && ops[0].atom == DW_OP_regx)
		return rule_offset(HOW_REGISTER, expression_register(ops[0].number), 0);
	if (count == 1 && ops[0].atom >= DW_OP_reg0 && ops[0].atom <= DW_OP_reg31)
		return rule_offset(HOW_REGISTER, expression_register(ops[0].atom - DW_OP_reg0), 0);
	return rule_expression(c, ops, location, value ? HOW_EXPRESSION : HOW_SAVED_WHERE);
}

static struct rule rule_of_register(struct cfi *c, Dwarf_Frame *frame, int dwarf_number)
{
	Dwarf_Op room[3], *ops;
	size_t count;

	if (dwarf_frame_register(frame, dwarf_number, room, &ops, &count) < 0)
		return (struct rule){.how = HOW_UNKNOWN};
	/* What is not said of a register that calls keep means that it is the same; libdw 0.188
	 * takes %rbx for none of them. Of the return address it means that there is no caller. */
	if (count == 0)
		return (struct rule){.how = ops && dwarf_number == EXPRESSION_DWARF_IP
						    ? HOW_UNDEFINED
						    : HOW_SAME};
	return rule_of_ops(c, ops, count);
}

static Dwarf_Frame *frame_find(const struct cfi *c, uint64_t address)
{
	Dwarf_Frame *frame;

	if (c->eh_frame && dwarf_cfi_addrframe(c->eh_frame, address, &frame) == 0)
		return frame;
	if (c->debug_frame && dwarf_cfi_addrframe(c->debug_frame, address, &frame) == 0)
		return frame;
	return NULL;
}

static void row_of_frame(struct cfi *c, Dwarf_Frame *frame, struct cfi_row *row)
{
	dwarf_frame_info(frame, NULL, NULL, &row->signal);
	row->frame = rule_of_frame(c, frame);
	for (int n = 0; n <= EXPRESSION_DWARF_IP; n++)
		if (expression_register(n) != CFI_REGISTERS)
			row->rules[expression_register(n)] = rule_of_register(c, frame, n);
}

static void row_read(struct cfi *c, struct cfi_row *row)
{
	Dwarf_Frame *frame;

	/* First, since the byte before may well be of another function, with its information. */
	if (cfi_code_is_signal(c->image, row))
		return;
	frame = frame_find(c, row->address);
	if (frame)
		row_of_frame(c, frame, row);
	else if (!cfi_code_is_stub(c->image, row))
		row->state = ROW_EMPTY;
	free(frame);
}

const struct cfi_row *cfi_find(struct cfi *c, uint64_t address, bool returns)
{
	struct cfi_row *row;

	if (!rows_grow(c))
		return NULL;
	row = row_place(c, address, returns);
	if (row->state == ROW_FREE) {
		*row = (struct cfi_row){.address = address, .returns = returns, .state = ROW_KNOWN};
		row_read(c, row);
		c->count++;
	}
	return row->state == ROW_KNOWN ? row : NULL;
}

bool cfi_row_is_signal(const struct cfi_row *row)
{
	return row->signal;
}

bool cfi_row_is_outermost(const struct cfi_row *row)
{
	return row->rules[CFI_IP].how == HOW_UNDEFINED;
}

struct step {
	const struct cfi *cfi;
	const struct cfi_stack *stack;
	const struct cfi_state *from;
	uint64_t frame;
};

static bool expression_value(const struct step *s, const struct rule *r, uint64_t *ret)
{
	return expression_evaluate(s->cfi->ops + r->at, r->count, s->from, s->stack, s->frame, ret);
}

static bool register_value(
	const struct cfi_state *from, enum cfi_register reg, int32_t offset, uint64_t *ret)
{
	*ret = from->value[reg] + offset;
	return from->known & 1u << reg;
}

static bool rule_apply(
	const struct step *s, const struct rule *r, enum cfi_register reg, uint64_t *ret)
{
	switch ((enum how)r->how) {
	case HOW_SAME:
		return register_value(s->from, reg, 0, ret);
	case HOW_SAVED:
		/* Compilers do not say that an epilogue has popped a register; but what lies below
		 * the stack was. */
		if (s->frame + r->at < s->stack->start)
			return register_value(s->from, reg, 0, ret);
		return cfi_stack_read(s->stack, s->frame + r->at, ret);
	case HOW_OFFSET:
		*ret = s->frame + r->at;
		return true;
	case HOW_REGISTER:
		return register_value(s->from, r->reg, r->at, ret);
	case HOW_SAVED_WHERE:
		return expression_value(s, r, ret) && cfi_stack_read(s->stack, *ret, ret);
	case HOW_EXPRESSION:
		return expression_value(s, r, ret);
	case HOW_UNDEFINED:
	case HOW_UNKNOWN:
		break;
	}
	return false;
}

bool cfi_step(struct cfi *c, const struct cfi_row *row, const struct cfi_stack *stack,
	const struct cfi_state *from, struct cfi_state *ret)
{
	struct step s = {.cfi = c, .stack = stack, .from = from};

	if (!rule_apply(&s, &row->frame, CFI_SP, &s.frame))
		return false;
	ret->known = 0;
	for (enum cfi_register reg = 0; reg < CFI_REGISTERS; reg++)
		if (rule_apply(&s, &row->rules[reg], reg, &ret->value[reg]))
			ret->known |= 1u << reg;
	return (ret->known & 1u << CFI_IP) && (ret->known & 1u << CFI_SP);
}
