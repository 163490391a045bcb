/* A code object as the kernel side found it in a process that means ill: names, file, lines. */
#include "fuzz.h"

#include "advisor/printable.h"
#include "probe/python_code.h"
#include "probe/python_line.h"

#include <string.h>

#define NOBODY (-1) /* no process, so that nothing is read from one */

static void text_check(const char *text)
{
	while (text && *text) {
		unsigned code = 0;
		size_t length = utf8_character(text, &code);

		FUZZ_ASSERT(length > 0, "a name that is not UTF-8");
		FUZZ_ASSERT(code >= ' ' && !(code >= 0x7f && code < 0xa0), "a name with a control");
		text += length;
	}
}

static void lines_ask(const struct python_code *code)
{
	for (uint64_t at = 0; at < 64; at++)
		FUZZ_ASSERT(python_code_line(code, code->instructions + at) >= 0, "line below 0");
	FUZZ_ASSERT(python_code_line(code, UINT64_MAX) >= 0, "line below 0");
	FUZZ_ASSERT(python_code_line(code, INT32_MAX) >= 0, "line below 0");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct python_codes *codes = python_codes_new();
	const struct python_code *code;
	struct wire_code *w = malloc(size ? size : 1);

	FUZZ_ASSERT(codes && w, "out of memory");
	memcpy(w, data, size);
	if (python_codes_take(codes, NOBODY, w, size) == 0) {
		code = python_codes_find(codes, w->number);
		FUZZ_ASSERT(code, "taken but not kept");
		text_check(code->function);
		text_check(code->file);
		lines_ask(code);
		(void)python_codes_take(codes, NOBODY, w, size);
	}
	free(w);
	python_codes_free(codes);
	return 0;
}
