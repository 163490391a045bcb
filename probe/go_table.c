/*
 * go_table: the format of src/debug/gosym/pclntab.go in Go's source tree.
 *
 * A header with offsets of parts; a sorted list of functions; of each function, tables that run
 * from its first address and change a value (file, line) by steps. All of it may be damaged: every
 * read is checked against the size of the section.
 */
#include "go_table.h"

#include "image.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC_1_16 0xfffffffaU
#define MAGIC_1_18 0xfffffff0U
#define MAGIC_1_20 0xfffffff1U

#define HEADER_BYTES 8 /* magic, two zeros, smallest instruction, size of a pointer */
#define ABSENT UINT32_MAX

struct go_table {
	const char *data;
	size_t size;
	uint64_t text;  /* what addresses are counted from; 0 before 1.18 */
	unsigned width; /* of a field in the list of functions */
	size_t count;   /* functions */
	uint64_t names, units, files, steps, functions; /* offsets of the parts */
};

/* A function's record, as far as it is needed. */
struct record {
	uint64_t entry;
	uint32_t name, file_steps, line_steps, unit;
};

static bool number_read(const struct go_table *t, uint64_t offset, unsigned width, uint64_t *ret)
{
	uint32_t narrow;

	if (offset > t->size || t->size - offset < width)
		return false;
	if (width == sizeof(*ret)) {
		memcpy(ret, t->data + offset, sizeof(*ret));
		return true;
	}
	memcpy(&narrow, t->data + offset, sizeof(narrow));
	*ret = narrow;
	return true;
}

static const char *string_at(const struct go_table *t, uint64_t offset)
{
	if (offset >= t->size || !memchr(t->data + offset, '\0', t->size - offset))
		return NULL;
	return t->data[offset] ? t->data + offset : NULL;
}

/* The dynamic linker writes an address there: in the file, only the relocation tells it. */
static bool relocation_find(Elf *elf, uint64_t at, uint64_t *ret)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	GElf_Rela rela;

	while ((section = elf_nextscn(elf, section))) {
		Elf_Data *data;
		int index = 0;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_RELA)
			continue;
		data = elf_getdata(section, NULL);
		while (data && gelf_getrela(data, index++, &rela)) {
			if (rela.r_offset != at)
				continue;
			*ret = rela.r_addend;
			return true;
		}
	}
	return false;
}

/*
 * Where Go's code begins. The header says so, in a file that is linked to one address; in another,
 * the relocation of that word does. Newer headers leave it out; then it is the section's start,
 * unless a C linker has put code of its own before it, which the symbol tells if it is there.
 */
static bool text_find(const struct image *i, uint64_t word_address, uint64_t word, uint64_t *ret)
{
	struct image_symbol place;

	*ret = word;
	if (word || relocation_find(image_elf(i), word_address, ret))
		return true;
	if (!image_find_symbol(i, "runtime.text", &place) &&
		(image_find_section(i, ".interp", &place) ||
			!image_find_section(i, ".text", &place)))
		return false;
	*ret = place.value;
	return true;
}

/* The words after the header: functions, files, [start of the code,] then offsets of the parts. */
static bool header_read(struct go_table *t, const struct image *i, uint64_t address)
{
	uint64_t magic, word[8];
	size_t shift = 1;

	if (!number_read(t, 0, 4, &magic) || t->size < HEADER_BYTES || t->data[7] != 8)
		return false;
	for (size_t n = 0; n < sizeof(word) / sizeof(*word); n++)
		if (!number_read(t, HEADER_BYTES + n * 8, 8, &word[n]))
			return false;
	if (magic == MAGIC_1_16)
		shift = 0;
	else if (magic != MAGIC_1_18 && magic != MAGIC_1_20)
		return false;
	t->count = word[0];
	t->width = shift ? 4 : 8;
	t->names = word[2 + shift];
	t->units = word[3 + shift];
	t->files = word[4 + shift];
	t->steps = word[5 + shift];
	t->functions = word[6 + shift];
	return !shift || text_find(i, address + HEADER_BYTES + 2 * 8, word[2], &t->text);
}

static bool entry_read(const struct go_table *t, size_t index, uint64_t *ret)
{
	if (!number_read(t, t->functions + 2 * index * t->width, t->width, ret))
		return false;
	*ret += t->text;
	return true;
}

struct go_table *go_table_open(const struct image *i)
{
	static const char *const sections[] = {".gopclntab", ".data.rel.ro.gopclntab"};
	struct go_table *t = calloc(1, sizeof(*t));
	struct image_symbol place;
	uint64_t first, last;

	for (size_t n = 0; t && !t->data && n < sizeof(sections) / sizeof(*sections); n++)
		if (image_find_section(i, sections[n], &place))
			t->data = image_section_data(i, sections[n], &t->size);
	/* One list for all: not in order, its addresses wait for relocation. */
	if (t && t->data && header_read(t, i, place.value) && t->count && t->count < t->size &&
		entry_read(t, 0, &first) && entry_read(t, t->count, &last) && first < last)
		return t;
	free(t);
	return NULL;
}

void go_table_free(struct go_table *t)
{
	free(t);
}

static bool record_read(const struct go_table *t, size_t index, struct record *ret)
{
	/* Words of 4 bytes after the entry: name, two of no interest here, stack, file, line, a
	 * count, compilation unit. */
	enum { NAME = 0, FILE_STEPS = 4, LINE_STEPS = 5, UNIT = 7, WORDS };
	uint64_t at, word[WORDS];

	if (!entry_read(t, index, &ret->entry) ||
		!number_read(t, t->functions + (2 * index + 1) * t->width, t->width, &at))
		return false;
	at += t->functions + t->width;
	for (size_t n = 0; n < WORDS; n++)
		if (!number_read(t, at + n * 4, 4, &word[n]))
			return false;
	ret->name = word[NAME];
	ret->file_steps = word[FILE_STEPS];
	ret->line_steps = word[LINE_STEPS];
	ret->unit = word[UNIT];
	return true;
}

static bool varint_read(const struct go_table *t, uint64_t *offset, uint32_t *ret)
{
	uint32_t value = 0;

	for (unsigned shift = 0; shift < 35 && *offset < t->size; shift += 7) {
		uint8_t byte = t->data[(*offset)++];

		value |= (uint32_t)(byte & 0x7f) << (shift < 32 ? shift : 31);
		if (byte & 0x80)
			continue;
		*ret = value;
		return true;
	}
	return false;
}

/* The value that holds at an address: -1 where there is none. */
static int32_t value_at(const struct go_table *t, uint32_t steps, uint64_t entry, uint64_t address)
{
	uint64_t offset = t->steps + steps, pc = entry;
	uint32_t change, length, value = -1;

	if (!steps)
		return -1;
	for (bool first = true; varint_read(t, &offset, &change); first = false) {
		if (!change && !first)
			break;
		value += change & 1 ? ~(change >> 1) : change >> 1;
		if (!varint_read(t, &offset, &length))
			break;
		pc += length * (uint32_t)t->data[6];
		if (address < pc)
			return (int32_t)value;
	}
	return -1;
}

static const char *file_at(const struct go_table *t, const struct record *r, uint64_t address)
{
	int32_t number = value_at(t, r->file_steps, r->entry, address);
	uint64_t at;

	if (number < 0 || r->unit == ABSENT ||
		!number_read(t, t->units + 4 * ((uint64_t)r->unit + number), 4, &at) ||
		at == ABSENT)
		return NULL;
	return string_at(t, t->files + at);
}

/* The last function that begins at or before the address. */
static bool record_find(const struct go_table *t, uint64_t address, struct record *ret)
{
	size_t low = 0, high = t->count;
	uint64_t entry;

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
	return low && record_read(t, low - 1, ret);
}

bool go_table_find(const struct go_table *t, uint64_t linked, struct symbol_frame *ret)
{
	struct record r;
	const char *name;
	int32_t line;

	if (!record_find(t, linked, &r))
		return false;
	name = string_at(t, t->names + r.name);
	if (!name)
		return false;
	line = value_at(t, r.line_steps, r.entry, linked);
	*ret = (struct symbol_frame){
		.function = name,
		.file = file_at(t, &r, linked),
		.line = line > 0 ? line : 0,
		.language = "go",
	};
	return true;
}
