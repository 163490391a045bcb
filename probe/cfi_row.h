/* cfi_row: how the caller's registers are found at one place in the code. For the files of cfi. */
#ifndef CONCADVISE_CFI_ROW_H
#define CONCADVISE_CFI_ROW_H

#include "cfi.h"

enum how {
	HOW_SAME,
	HOW_UNDEFINED,
	HOW_UNKNOWN,
	HOW_SAVED,       /* in memory, at an offset from the frame */
	HOW_OFFSET,      /* it is the frame and an offset */
	HOW_REGISTER,    /* it is another register and an offset */
	HOW_SAVED_WHERE, /* in memory, where an expression says */
	HOW_EXPRESSION,
};

struct rule {
	uint8_t how;
	uint8_t reg;    /* enum cfi_register */
	uint16_t count; /* of an expression's operations */
	int32_t at;     /* offset, or the first operation */
};

enum row_state { ROW_FREE, ROW_EMPTY, ROW_KNOWN };

struct cfi_row {
	uint64_t address;
	bool returns;
	struct rule frame; /* the canonical frame address */
	struct rule rules[CFI_REGISTERS];
	uint8_t state; /* enum row_state */
	bool signal;
};

/* By the instructions at row->address, whatever frame information there is: fills in the rules.
 * False: they are others. */
bool cfi_code_is_signal(const struct image *i, struct cfi_row *row);
bool cfi_code_is_stub(const struct image *i, struct cfi_row *row);

#endif
