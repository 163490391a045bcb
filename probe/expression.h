/* expression: evaluates a DWARF expression over registers and a stack. */
#ifndef CONCADVISE_EXPRESSION_H
#define CONCADVISE_EXPRESSION_H

#include "cfi.h"

#include <elfutils/libdw.h>

#define EXPRESSION_DWARF_IP 16 /* the return address: the last one that is followed */

/* The register of a DWARF number; CFI_REGISTERS: none that is followed. */
enum cfi_register expression_register(uint64_t dwarf_number);

/* frame: the canonical frame address, for those that ask for it. False: an operation, a register or
 * an address that is not known. A final DW_OP_stack_value changes nothing. */
bool expression_evaluate(const Dwarf_Op *ops, size_t count, const struct cfi_state *state,
	const struct cfi_stack *stack, uint64_t frame, uint64_t *ret);

#endif
