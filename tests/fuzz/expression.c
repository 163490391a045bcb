/* A DWARF expression, operation by operation, over registers and a stack. */
#include "fuzz.h"

#include "probe/expression.h"

#define OPS_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	Dwarf_Op ops[OPS_MAX];
	struct cfi_state state;
	uint8_t bytes[64];
	struct cfi_stack stack = {.bytes = bytes, .size = sizeof(bytes)};
	uint64_t frame, result;
	size_t count = 0;

	fuzz_take(&in, &state, sizeof(state));
	fuzz_take(&in, bytes, sizeof(bytes));
	fuzz_take(&in, &stack.start, sizeof(stack.start));
	fuzz_take(&in, &frame, sizeof(frame));
	for (; in.size && count < OPS_MAX; count++)
		fuzz_take(&in, &ops[count], sizeof(*ops));
	(void)expression_evaluate(ops, count, &state, &stack, frame, &result);
	return 0;
}
