/*
 * cfi: how to get from a place in a file's code to its caller: where the frame is, and what was
 * saved in it. From .eh_frame and .debug_frame by libdw, or from the instructions themselves where
 * they leave no doubt; each place is worked out once.
 */
#ifndef CONCADVISE_CFI_H
#define CONCADVISE_CFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cfi;
struct image;

/* The registers of x86-64 that a call keeps, and the return address in place of the instruction. */
enum cfi_register {
	CFI_BX,
	CFI_BP,
	CFI_SP,
	CFI_R12,
	CFI_R13,
	CFI_R14,
	CFI_R15,
	CFI_IP,
	CFI_REGISTERS
};

/* Registers, as far as they are known. */
struct cfi_state {
	uint64_t value[CFI_REGISTERS];
	uint32_t known; /* a bit each */
};

/* What can be read of a stack. */
struct cfi_stack {
	uint64_t start; /* address of the first byte */
	const unsigned char *bytes;
	size_t size;
};

/* The frame at an address. */
struct cfi_row;

/* Borrows the image. NULL when out of memory. */
struct cfi *cfi_new(struct image *i);
void cfi_free(struct cfi *c);

/*
 * address: as linked; where the instruction is, or, if that is a return address (returns), the byte
 * before. NULL: nothing is known about it. Valid until the next call.
 */
const struct cfi_row *cfi_find(struct cfi *c, uint64_t address, bool returns);

/* Is it the frame that the kernel makes to call a signal handler? What it returns to is no call. */
bool cfi_row_is_signal(const struct cfi_row *row);

/* The last frame of a chain: it has no caller. */
bool cfi_row_is_outermost(const struct cfi_row *row);

/* The caller's registers. False: they depend on something that is not known. */
bool cfi_step(struct cfi *c, const struct cfi_row *row, const struct cfi_stack *stack,
	const struct cfi_state *from, struct cfi_state *ret);

/* Eight bytes of the stack. False: they are not in it. */
bool cfi_stack_read(const struct cfi_stack *s, uint64_t address, uint64_t *ret);

#endif
