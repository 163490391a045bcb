/*
 * Registers and a stack of a thread that means ill, in the code of a file that does: the file is
 * the input's end, before it come the registers and the stack.
 */
#include "fuzz.h"

#include "probe/cfi.h"
#include "probe/image.h"

#include <string.h>

#define STACK_BYTES 256
#define STEPS_MAX 64

struct thread {
	struct cfi_state state;
	uint8_t stack[STACK_BYTES];
};

static void follow(struct image *i, struct thread *t)
{
	struct cfi *c = cfi_new(i);
	struct cfi_stack stack = {
		.start = t->state.value[CFI_SP], .bytes = t->stack, .size = STACK_BYTES};
	struct image_symbol text = {0};

	FUZZ_ASSERT(c, "out of memory");
	/* Where code is, so that most inputs have something to be looked up. */
	if (image_find_section(i, ".text", &text) && text.size)
		t->state.value[CFI_IP] = text.value + t->state.value[CFI_IP] % text.size;
	t->state.known &= (1u << CFI_REGISTERS) - 1;
	for (int n = 0; n < STEPS_MAX; n++) {
		uint64_t at = t->state.value[CFI_IP];
		const struct cfi_row *row = cfi_find(c, at, n > 0);
		struct cfi_state caller;

		if (!row || cfi_row_is_outermost(row) ||
			!cfi_step(c, row, &stack, &t->state, &caller))
			break;
		(void)cfi_row_is_signal(row);
		t->state = caller;
	}
	for (uint64_t at = 0; at < text.size && at < 64; at += 3)
		(void)cfi_find(c, text.value + at, false);
	cfi_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	struct thread t;
	struct image *i;
	int fd;

	fuzz_take(&in, &t, sizeof(t));
	fd = fuzz_file(in.data, in.size);
	i = fd >= 0 ? image_take(fd) : NULL;
	if (i)
		follow(i, &t);
	image_free(i);
	return 0;
}
