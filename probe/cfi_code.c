/* cfi_code: pieces of code that come without frame information, and whose frame is known all the
 * same. */
#include "cfi_row.h"

#include "image.h"

#include <string.h>

static bool code_is(const struct image *i, uint64_t address, const void *code, size_t size)
{
	unsigned char found[16];

	return size <= sizeof(found) && image_read(i, address, found, size) &&
	       memcmp(found, code, size) == 0;
}

/*
 * mov $15, %rax; syscall: rt_sigreturn. The kernel's struct rt_sigframe: the stack points to its
 * struct ucontext, in which the registers (gregs) begin after 40 bytes: r8 to r15, di, si, bp, bx,
 * dx, ax, cx, sp, ip.
 */
bool cfi_code_is_signal(const struct image *i, struct cfi_row *row)
{
	static const unsigned char code[] = {0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05};

	if (!code_is(i, row->address + row->returns, code, sizeof(code)))
		return false;
	row->signal = true;
	row->frame = (struct rule){.how = HOW_REGISTER, .reg = CFI_SP};
	row->rules[CFI_R12] = (struct rule){.how = HOW_SAVED, .at = 72};
	row->rules[CFI_R13] = (struct rule){.how = HOW_SAVED, .at = 80};
	row->rules[CFI_R14] = (struct rule){.how = HOW_SAVED, .at = 88};
	row->rules[CFI_R15] = (struct rule){.how = HOW_SAVED, .at = 96};
	row->rules[CFI_BP] = (struct rule){.how = HOW_SAVED, .at = 120};
	row->rules[CFI_BX] = (struct rule){.how = HOW_SAVED, .at = 128};
	row->rules[CFI_SP] = (struct rule){.how = HOW_SAVED, .at = 160};
	row->rules[CFI_IP] = (struct rule){.how = HOW_SAVED, .at = 168};
	return true;
}

/* jmp *slot(%rip), by which a function of another file is called. Linkers do not all make frame
 * information for it (lld does not). */
static bool is_linkage_stub(const struct image *i, uint64_t address)
{
	static const unsigned char branch_target[] = {0xf3, 0x0f, 0x1e, 0xfa}; /* endbr64 */
	static const unsigned char bound[] = {0xf2};
	static const unsigned char jump[] = {0xff, 0x25};

	if (code_is(i, address, branch_target, sizeof(branch_target)))
		address += sizeof(branch_target);
	if (code_is(i, address, bound, sizeof(bound)))
		address += sizeof(bound);
	return code_is(i, address, jump, sizeof(jump));
}

bool cfi_code_is_stub(const struct image *i, struct cfi_row *row)
{
	if (row->returns || !is_linkage_stub(i, row->address))
		return false;
	/* Nothing was pushed since the call. */
	row->frame = (struct rule){.how = HOW_REGISTER, .reg = CFI_SP, .at = 8};
	row->rules[CFI_SP] = (struct rule){.how = HOW_OFFSET};
	row->rules[CFI_IP] = (struct rule){.how = HOW_SAVED, .at = -8};
	return true;
}
