/*
 * go_table: the formats of src/runtime/symtab.go in Go's source tree.
 *
 * .gopclntab: a header with offsets of parts; a sorted list of functions; of each function, lists
 * of steps that run from its first address and change a value (file, line, inlined function). A
 * record of the runtime's, moduledata, says where code begins and where the inlined functions are
 * described. All of it may be damaged: every read is checked.
 */
#include "go_table.h"

#include "go_module.h"
#include "image.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC_1_18 0xfffffff0U
#define MAGIC_1_20 0xfffffff1U

#define HEADER_BYTES 8 /* magic, two zeros, smallest instruction, size of a pointer */
#define ABSENT UINT32_MAX
#define NESTING_MAX 64 /* deeper than the compiler inlines */
#define HEADERS_MAX 8  /* that are looked for a record of: a program has one */

struct go_table {
	const struct image *image;
	const char *data;
	size_t size;
	struct go_module module;
	const struct format *format;
	size_t count;                                   /* functions */
	uint64_t names, units, files, steps, functions; /* offsets of the parts */
};

/* What differs between versions. Offsets in bytes, of words of 4 bytes. */
static const struct format {
	uint32_t magic;
	unsigned record_counts; /* in a function's record: where lists are counted; they follow */
	unsigned inlined_bytes, inlined_name, inlined_parent; /* one inlined function */
} formats[] = {
	{MAGIC_1_18, 36, 20, 12, 16},
	{MAGIC_1_20, 40, 16, 4, 8},
};

/* Words after a function's first address. */
enum { RECORD_NAME = 4, RECORD_FILE = 20, RECORD_LINE = 24, RECORD_LISTS = 28, RECORD_UNIT = 32 };

/* Which of a function's lists, and which of its data. */
enum { LIST_INLINED = 2, DATA_INLINED = 3 };

struct record {
	uint64_t offset, entry;
};

static uint64_t number_at(const char *at, unsigned width)
{
	uint64_t wide;
	uint32_t narrow;

	if (width == sizeof(wide))
		return memcpy(&wide, at, sizeof(wide)), wide;
	return memcpy(&narrow, at, sizeof(narrow)), narrow;
}

static bool number_read(const struct go_table *t, uint64_t offset, unsigned width, uint64_t *ret)
{
	if (offset > t->size || t->size - offset < width)
		return false;
	*ret = number_at(t->data + offset, width);
	return true;
}

/* A whole string, whose beginning the offset is: behind the end of another one. */
static const char *string_at(const struct go_table *t, uint64_t offset)
{
	if (offset == 0 || offset >= t->size || t->data[offset - 1] != '\0' ||
		!memchr(t->data + offset, '\0', t->size - offset))
		return NULL;
	return t->data[offset] ? t->data + offset : NULL;
}

/* The words after the header: functions, files, start of the code, then offsets of the parts. */
static bool header_read(struct go_table *t)
{
	uint64_t magic, word[8];

	if (!number_read(t, 0, 4, &magic) || t->size < HEADER_BYTES || t->data[7] != 8)
		return false;
	for (size_t n = 0; n < sizeof(word) / sizeof(*word); n++)
		if (!number_read(t, HEADER_BYTES + n * 8, 8, &word[n]))
			return false;
	for (size_t n = 0; n < sizeof(formats) / sizeof(*formats); n++)
		if (formats[n].magic == magic)
			t->format = &formats[n];
	t->count = word[0];
	t->names = word[3];
	t->units = word[4];
	t->files = word[5];
	t->steps = word[6];
	t->functions = word[7];
	return t->format && t->count > 0 && t->count < t->size;
}

/* The table, or what is left of a section from there on: its header. */
static bool table_begin(struct go_table *t, const struct image *i, const char *data, size_t size)
{
	*t = (struct go_table){.image = i, .data = data, .size = size};
	return header_read(t);
}

static bool table_locate(struct go_table *t, uint64_t address)
{
	return go_module_read(
		t->image, address, address + t->names, t->format->magic == MAGIC_1_20, &t->module);
}

/* A C linker puts the table of a position-independent program among other constants. */
static bool table_search(struct go_table *t, const struct image *i)
{
	struct image_symbol place;
	const char *data;
	size_t size;

	if (!image_find_section(i, ".go.buildinfo", &place) ||
		!image_find_section(i, ".data.rel.ro", &place))
		return false;
	data = image_section_data(i, ".data.rel.ro", &size);
	for (size_t at = 0, tried = 0; data && at + 8 <= size && tried < HEADERS_MAX; at += 8) {
		if (!table_begin(t, i, data + at, size - at))
			continue;
		if (table_locate(t, place.value + at))
			return true;
		tried++;
	}
	return false;
}

struct go_table *go_table_open(const struct image *i)
{
	static const char *const sections[] = {".gopclntab", ".data.rel.ro.gopclntab"};
	struct go_table *t = calloc(1, sizeof(*t));
	struct image_symbol place;

	for (size_t n = 0; t && n < sizeof(sections) / sizeof(*sections); n++) {
		size_t size;
		const char *data = image_section_data(i, sections[n], &size);

		if (data && image_find_section(i, sections[n], &place) &&
			table_begin(t, i, data, size) && table_locate(t, place.value))
			return t;
	}
	if (t && table_search(t, i))
		return t;
	free(t);
	return NULL;
}

void go_table_free(struct go_table *t)
{
	free(t);
}

/* Entries of the list of functions: start of its code, offset of its record; each 4 bytes. */
static bool entry_read(const struct go_table *t, size_t index, uint64_t *ret)
{
	if (!number_read(t, t->functions + 8 * index, 4, ret))
		return false;
	*ret += t->module.text;
	return true;
}

/* The last function that begins at or before the address. */
static bool record_find(const struct go_table *t, uint64_t address, struct record *ret)
{
	size_t low = 0, high = t->count;
	uint64_t entry;

	/* Behind the last one is the end of the code. */
	if (!entry_read(t, t->count, &entry) || address >= entry)
		return false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (!entry_read(t, middle, &entry))
			return false;
		if (entry <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || !entry_read(t, low - 1, &ret->entry) ||
		!number_read(t, t->functions + 8 * (low - 1) + 4, 4, &ret->offset))
		return false;
	ret->offset += t->functions;
	return true;
}

static bool varint_read(const struct go_table *t, uint64_t *offset, uint32_t *ret)
{
	uint32_t value = 0;

	for (unsigned shift = 0; shift < 32 && *offset < t->size; shift += 7) {
		uint8_t byte = t->data[(*offset)++];

		value |= (uint32_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		*ret = value;
		return true;
	}
	return false;
}

/* The value of a list of steps (whose number is at `field` of the record) at an address. -1: none.
 */
static int32_t value_at(
	const struct go_table *t, const struct record *r, uint64_t field, uint64_t address)
{
	uint64_t pc = r->entry, offset;
	uint32_t change, length, value = -1;

	if (!number_read(t, r->offset + field, 4, &offset) || !offset)
		return -1;
	offset += t->steps;
	for (bool first = true; varint_read(t, &offset, &change); first = false) {
		if (!change && !first)
			break;
		value += change & 1 ? ~(change >> 1) : change >> 1;
		if (!varint_read(t, &offset, &length))
			break;
		pc += (uint64_t)length * t->data[6];
		if (address < pc)
			return (int32_t)value;
	}
	return -1;
}

static void place_read(const struct go_table *t, const struct record *r, uint64_t address,
	struct symbol_frame *ret)
{
	int32_t line = value_at(t, r, RECORD_LINE, address);
	int32_t file = value_at(t, r, RECORD_FILE, address);
	uint64_t unit, name;

	if (line <= 0 || file < 0 || !number_read(t, r->offset + RECORD_UNIT, 4, &unit) ||
		!number_read(t, t->units + 4 * (unit + file), 4, &name) || name == ABSENT)
		return;
	ret->file = string_at(t, t->files + name);
	ret->line = ret->file ? line : 0;
}

/* Where the numbers of a function's lists are, and behind them the places of its data. */
static uint64_t lists_field(const struct go_table *t)
{
	return t->format->record_counts + 4;
}

/* The description of the functions inlined into one. 0: there is none. */
static uint64_t tree_of(const struct go_table *t, const struct record *r)
{
	uint64_t lists, data, tree;

	if (!t->module.trees || !number_read(t, r->offset + RECORD_LISTS, 4, &lists) ||
		!number_read(t, r->offset + t->format->record_counts, 4, &data) ||
		lists <= LIST_INLINED || data >> 24 <= DATA_INLINED ||
		!number_read(
			t, r->offset + lists_field(t) + 4 * (lists + DATA_INLINED), 4, &tree) ||
		tree == ABSENT)
		return 0;
	return t->module.trees + tree;
}

/*
 * The function inlined around an address, if one is, and the address in the function that it is
 * inlined into from which it is called. False: what is said of it cannot be.
 */
static bool inlined_read(const struct go_table *t, const struct record *r, uint64_t tree,
	int32_t index, struct symbol_frame *ret, uint64_t *ret_parent)
{
	const struct format *f = t->format;
	char text[20];
	uint64_t parent;

	if (!image_read(
		    t->image, tree + (uint64_t)index * f->inlined_bytes, text, f->inlined_bytes))
		return false;
	parent = number_at(text + f->inlined_parent, 4);
	ret->function = string_at(t, t->names + number_at(text + f->inlined_name, 4));
	ret->inlined = true;
	*ret_parent = r->entry + parent;
	return ret->function && parent < INT32_MAX;
}

size_t go_table_find(
	const struct go_table *t, uint64_t linked, struct symbol_frame *ret, size_t max)
{
	uint64_t address = linked, tree, name;
	struct symbol_frame frame;
	size_t count = 0;
	struct record r;

	if (!max || !record_find(t, linked, &r) ||
		!number_read(t, r.offset + RECORD_NAME, 4, &name))
		return 0;
	tree = tree_of(t, &r);
	for (;;) {
		int32_t index =
			tree ? value_at(t, &r, lists_field(t) + sizeof(uint32_t) * LIST_INLINED,
				       address)
			     : -1;

		frame = (struct symbol_frame){.language = "go"};
		place_read(t, &r, address, &frame);
		if (index < 0)
			break;
		if (count == NESTING_MAX || !inlined_read(t, &r, tree, index, &frame, &address)) {
			count = 0;
			frame = (struct symbol_frame){.language = "go"};
			break;
		}
		if (count < max)
			ret[count] = frame;
		count++;
	}
	frame.function = string_at(t, t->names + name);
	frame.inlined = false;
	if (count < max)
		ret[count++] = frame;
	return count < max ? count : max;
}
