/*
 * expression: the operations that occur in frame information: of signal frames, of the procedure
 * linkage table, of realigned stacks. No jumps: so every expression ends.
 */
#include "expression.h"

#include <dwarf.h>

#define DEPTH_MAX 64 /* as gdb and libgcc have it */

struct machine {
	const struct cfi_state *state;
	const struct cfi_stack *stack;
	uint64_t frame;
	uint64_t values[DEPTH_MAX];
	size_t depth;
};

enum cfi_register expression_register(uint64_t dwarf_number)
{
	/* System V ABI, x86-64 supplement, figure 3.36. */
	static const struct {
		uint8_t dwarf;
		enum cfi_register reg;
	} rows[] = {
		{3, CFI_BX},
		{6, CFI_BP},
		{7, CFI_SP},
		{12, CFI_R12},
		{13, CFI_R13},
		{14, CFI_R14},
		{15, CFI_R15},
		{16, CFI_IP},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].dwarf == dwarf_number)
			return rows[i].reg;
	return CFI_REGISTERS;
}

static bool push(struct machine *m, uint64_t value)
{
	if (m->depth == DEPTH_MAX)
		return false;
	m->values[m->depth++] = value;
	return true;
}

static bool push_register(struct machine *m, uint64_t dwarf_number, uint64_t offset)
{
	enum cfi_register reg = expression_register(dwarf_number);

	if (reg == CFI_REGISTERS || !(m->state->known & 1u << reg))
		return false;
	return push(m, m->state->value[reg] + offset);
}

/* A copy of one further down. */
static bool pick(struct machine *m, size_t below)
{
	return below < m->depth && push(m, m->values[m->depth - 1 - below]);
}

static bool swap(struct machine *m)
{
	uint64_t *top, kept;

	if (m->depth < 2)
		return false;
	top = &m->values[m->depth - 1];
	kept = top[0];
	top[0] = top[-1];
	top[-1] = kept;
	return true;
}

static bool unary(struct machine *m, const Dwarf_Op *op)
{
	uint64_t *top;

	if (m->depth < 1)
		return false;
	top = &m->values[m->depth - 1];
	switch (op->atom) {
	case DW_OP_drop:
		m->depth--;
		return true;
	case DW_OP_deref:
		return cfi_stack_read(m->stack, *top, top);
	case DW_OP_plus_uconst:
		*top += op->number;
		return true;
	case DW_OP_neg:
		*top = -*top;
		return true;
	case DW_OP_not:
		*top = ~*top;
		return true;
	}
	return false;
}

static bool binary(struct machine *m, uint8_t atom)
{
	uint64_t a, b, result;

	if (m->depth < 2)
		return false;
	b = m->values[--m->depth];
	a = m->values[--m->depth];
	switch (atom) {
	case DW_OP_plus:
		result = a + b;
		break;
	case DW_OP_minus:
		result = a - b;
		break;
	case DW_OP_mul:
		result = a * b;
		break;
	case DW_OP_and:
		result = a & b;
		break;
	case DW_OP_or:
		result = a | b;
		break;
	case DW_OP_xor:
		result = a ^ b;
		break;
	case DW_OP_shl:
		result = b < 64 ? a << b : 0;
		break;
	case DW_OP_shr:
		result = b < 64 ? a >> b : 0;
		break;
	case DW_OP_eq:
		result = a == b;
		break;
	case DW_OP_ne:
		result = a != b;
		break;
	case DW_OP_lt:
		result = (int64_t)a < (int64_t)b;
		break;
	case DW_OP_le:
		result = (int64_t)a <= (int64_t)b;
		break;
	case DW_OP_gt:
		result = (int64_t)a > (int64_t)b;
		break;
	case DW_OP_ge:
		result = (int64_t)a >= (int64_t)b;
		break;
	default:
		return false;
	}
	return push(m, result);
}

static bool operation(struct machine *m, const Dwarf_Op *op)
{
	if (op->atom >= DW_OP_lit0 && op->atom <= DW_OP_lit31)
		return push(m, op->atom - DW_OP_lit0);
	if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31)
		return push_register(m, op->atom - DW_OP_breg0, op->number);
	if (op->atom >= DW_OP_const1u && op->atom <= DW_OP_consts)
		return push(m, op->number);
	switch (op->atom) {
	case DW_OP_bregx:
		return push_register(m, op->number, op->number2);
	case DW_OP_call_frame_cfa:
		return push(m, m->frame);
	case DW_OP_dup:
		return pick(m, 0);
	case DW_OP_over:
		return pick(m, 1);
	case DW_OP_pick:
		return pick(m, op->number);
	case DW_OP_swap:
		return swap(m);
	case DW_OP_nop:
	case DW_OP_stack_value:
		return true;
	}
	return unary(m, op) || binary(m, op->atom);
}

bool expression_evaluate(const Dwarf_Op *ops, size_t count, const struct cfi_state *state,
	const struct cfi_stack *stack, uint64_t frame, uint64_t *ret)
{
	struct machine m = {.state = state, .stack = stack, .frame = frame};

	for (size_t i = 0; i < count; i++)
		if (!operation(&m, &ops[i]))
			return false;
	if (m.depth == 0)
		return false;
	*ret = m.values[m.depth - 1];
	return true;
}
