/*
 * A mapped file that its owner made up: its symbols, sections, debug information, Go's tables, and
 * what it says of a CPython in it.
 */
#include "fuzz.h"

#include "probe/image.h"
#include "probe/runtime_python.h"
#include "probe/symbol_file.h"

#include <gelf.h>
#include <string.h>
#include <unistd.h>

#define ADDRESSES 64

/* Some that the file speaks of, and a few around them. */
static size_t addresses_of(const struct image *i, uint64_t ret[ADDRESSES])
{
	static const char *const sections[] = {
		".text", ".plt", ".data", ".bss", ".rodata", ".init"};
	static const char *const names[] = {"main", "add", "_start", "_PyRuntime", "Py_Version"};
	struct image_symbol s;
	size_t count = 0;

	for (size_t n = 0; n < sizeof(sections) / sizeof(*sections); n++)
		if (image_find_section(i, sections[n], &s))
			for (uint64_t part = 0; part <= 4; part++)
				ret[count++] = s.value + s.size / 4 * part;
	for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++)
		if (image_find_symbol(i, names[n], &s))
			for (uint64_t part = 0; part <= 2; part++)
				ret[count++] = s.value + s.size / 2 * part;
	ret[count++] = 0;
	ret[count++] = UINT64_MAX;
	return count;
}

static void frames_check(const struct symbol_frame *frames, size_t count)
{
	for (size_t n = 0; n < count; n++) {
		FUZZ_ASSERT(!frames[n].function || strlen(frames[n].function) < SIZE_MAX, "");
		FUZZ_ASSERT(!frames[n].file || strlen(frames[n].file) < SIZE_MAX, "");
		FUZZ_ASSERT(frames[n].line >= 0, "a line below 0");
	}
}

static void names_ask(struct image *i)
{
	struct symbol_file *f = symbol_file_open(i, "fuzz", 0, true);
	struct symbol_frame frames[SYMBOL_INLINED_MAX];
	uint64_t addresses[ADDRESSES], offset;
	size_t count = addresses_of(i, addresses);

	for (size_t n = 0; f && n < count; n++) {
		frames_check(frames,
			symbol_file_name(f, addresses[n], true, frames, SYMBOL_INLINED_MAX));
		frames_check(frames, symbol_file_name(f, addresses[n], false, frames, 1));
		(void)symbol_file_variable(f, addresses[n], &offset);
		(void)image_occupies(i, addresses[n]);
	}
	symbol_file_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = fuzz_file(data, size);
	struct image *i = fd >= 0 ? image_take(fd) : NULL;
	struct python_image python = {0};
	uint64_t bias;

	if (!i)
		return 0;
	names_ask(i);
	python_image_read(i, "/usr/lib/libpython3.11.so.1.0", &python);
	(void)image_bias(i, 0x7f0000000000, 0x1000, &bias);
	image_free(i);
	return 0;
}
