/*
 * python_layout_frames: where CPython keeps what its threads execute: the chain from _PyRuntime to
 * the threads' frames, and in their code objects the names and the table of lines.
 *
 * What 3.13 and later publish of themselves is taken at their word, once it is plausible; before,
 * these structures stayed the same within a minor version, as extensions are compiled against most
 * of them. From CPython's Include/ (cpython/{pystate,code,frameobject}.h, internal/pycore_{runtime,
 * interp,frame,debug_offsets}.h) of each version; the tests compare them with the debug information
 * of real builds.
 */
#include "python_layout.h"

#include <stddef.h>
#include <string.h>

#define AT(field) offsetof(struct wire_python, field)
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum { VERSION = 1, RUNTIME_SIZE = 3, INTERPRETERS = 5 }; /* words of _Py_DebugOffsets */

enum {
	OWNER_CSTACK = 3,  /* FRAME_OWNED_BY_CSTACK up to 3.13, _BY_INTERPRETER then; above too */
	OWNER_NEVER = 255, /* every frame is one of code */
	OFFSET_MAX = 65535,
};

/* clang-format off: columns are versions */

/* Which word of _Py_DebugOffsets is which field, by minor version; 0: there is none. */
enum { PUBLISHED_FIRST = 13 };

static const struct {
	size_t field;
	uint8_t words[3];
} published_fields[] = {
	/*                          3.13 3.14 3.15 */
	{AT(interpreter_next), {8, 8, 8}},
	{AT(interpreter_threads), {9, 9, 9}},
	{AT(thread_next), {21, 24, 24}},
	{AT(thread_frame), {23, 26, 26}},
	{AT(thread_id), {24, 27, 30}},
	{AT(frame_previous), {29, 32, 40}},
	{AT(frame_code), {30, 33, 41}},
	{AT(frame_at), {31, 34, 42}},
	{AT(frame_owner), {33, 36, 44}},
	{AT(frame_copy), {0, 38, 46}},
	{AT(code_file), {35, 40, 48}},
	{AT(code_name), {37, 42, 50}},
	{AT(code_lines), {38, 43, 51}},
	{AT(code_first_line), {39, 44, 52}},
	{AT(code_instructions), {43, 48, 56}},
	{AT(code_copies), {0, 49, 57}},
	{AT(bytes_size), {65, 75, 87}},
	{AT(bytes_data), {66, 76, 88}},
	{AT(string_header), {70, 80, 92}},
};

/* clang-format on */

/* Until its first release candidate a minor version moves them. */
static const uint32_t published_since[] = {0x030d00c1, 0x030e00c1, 0x030f00c1};

/* clang-format off */

/* The offsets themselves in what publishes nothing, on 64 bits. */
enum { UNPUBLISHED_FIRST = 7 };

static const struct {
	size_t field;
	uint16_t offsets[6];
} unpublished_fields[] = {
	/*                           3.7  3.8  3.9 3.10 3.11 3.12 */
	{AT(interpreter_next),       {0,   0,   0,   0,   0,   0}},
	{AT(interpreter_threads),    {8,   8,   8,   8,  16,  72}},
	{AT(thread_next),            {8,   8,   8,   8,   8,   8}},
	{AT(thread_frame),          {24,  24,  24,  24,  56,  56}},
	{AT(cframe_frame),           {0,   0,   0,   0,   8,   0}},
	{AT(thread_id),            {176, 176, 176, 176, 152, 136}},
	{AT(frame_previous),        {24,  24,  24,  24,  48,   8}},
	{AT(frame_code),            {32,  32,  32,  32,  32,   0}},
	{AT(frame_at),             {104, 104, 104,  96,  56,  56}},
	{AT(frame_owner),            {0,   0,   0,   0,  69,  70}},
	{AT(frame_entry),            {0,   0,   0,   0,  68,   0}},
	{AT(code_file),             {96, 104, 104, 104, 112, 112}},
	{AT(code_name),            {104, 112, 112, 112, 128, 128}},
	{AT(code_lines),           {112, 120, 120, 120, 136, 136}},
	{AT(code_first_line),       {36,  40,  40,  40,  72,  68}},
	{AT(code_instructions),      {0,   0,   0,   0, 184, 192}},
	{AT(bytes_size),            {16,  16,  16,  16,  16,  16}},
	{AT(bytes_data),            {32,  32,  32,  32,  32,  32}},
	{AT(string_header),         {48,  48,  48,  48,  48,  40}},
};
/* clang-format on */

/* Offset in _PyRuntime, of those too. */
static const uint16_t unpublished_interpreters[] = {24, 32, 32, 32, 40, 40};

static void offset_set(struct wire_python *l, size_t field, uint16_t offset)
{
	memcpy((char *)l + field, &offset, sizeof(offset));
}

static bool published_read(int minor, const struct python_head *head, struct wire_python *ret)
{
	size_t column = minor - PUBLISHED_FIRST;

	if (column >= COUNT(published_since) || head->words[VERSION] < published_since[column] ||
		head->words[INTERPRETERS] >= head->words[RUNTIME_SIZE])
		return false;
	for (size_t n = 0; n < COUNT(published_fields); n++) {
		uint8_t word = published_fields[n].words[column];
		uint64_t offset = word ? head->words[word] : 0;

		if (offset > OFFSET_MAX)
			return false;
		offset_set(ret, published_fields[n].field, offset);
	}
	ret->interpreters = head->words[INTERPRETERS];
	return true;
}

static bool unpublished_read(int minor, struct wire_python *ret)
{
	size_t column = minor - UNPUBLISHED_FIRST;

	if (column >= COUNT(unpublished_interpreters))
		return false;
	ret->interpreters = unpublished_interpreters[column];
	for (size_t n = 0; n < COUNT(unpublished_fields); n++)
		offset_set(ret, unpublished_fields[n].field, unpublished_fields[n].offsets[column]);
	return true;
}

bool python_layout_frames(
	int minor, const struct python_head *head, uint64_t runtime, struct wire_python *ret)
{
	struct wire_python l = {
		.minor = minor,
		.at_bytes = minor <= 10 ? sizeof(uint32_t) : sizeof(uint64_t),
		.owner_c = minor >= 12 ? OWNER_CSTACK : OWNER_NEVER,
	};
	struct python_published p;

	if (python_layout_published(head, &p) ? !published_read(minor, head, &l)
					      : !unpublished_read(minor, &l))
		return false;
	l.interpreters += runtime;
	*ret = l;
	return true;
}
