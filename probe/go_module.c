/*
 * go_module: finds moduledata, which has no name in a stripped program, by its first two pointers,
 * in initial data or among what the dynamic linker will write there.
 */
#include "go_module.h"

#include "image.h"

#include <gelf.h>
#include <stddef.h>
#include <string.h>

/* Numbers of its pointers: struct moduledata in src/runtime/symtab.go of Go's source tree. */
enum {
	POINTER_NAMES = 1,
	POINTER_TEXT = 22,
	POINTER_TYPES = 37,
	POINTER_TYPES_END = 38,
	POINTER_TREES_1_18 = 38,
	POINTER_TREES_1_20 = 40,
	POINTER_TREES_1_27 = 43,
};

/* Places that point to the table, each of which may take a look at every relocation: in a damaged
 * file, all may. */
#define PLACES_MAX 64

typedef bool (*relocation_fn)(void *context, const GElf_Rela *r);

/* Calls for each relocation until one says that it is it. */
static bool relocations_search(Elf *elf, relocation_fn is_it, void *context)
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
		while (data && gelf_getrela(data, index++, &rela))
			if (is_it(context, &rela))
				return true;
	}
	return false;
}

struct pointer {
	uint64_t at, value;
};

static bool pointer_is_written(void *context, const GElf_Rela *r)
{
	struct pointer *p = context;

	p->value = r->r_addend;
	return r->r_offset == p->at;
}

/* A pointer in initial memory, or what the dynamic linker will write there. */
static uint64_t pointer_read(const struct image *i, uint64_t at)
{
	struct pointer p = {.at = at};
	uint64_t value;

	if (image_read(i, at, &value, sizeof(value)) && value)
		return value;
	return relocations_search(image_elf(i), pointer_is_written, &p) ? p.value : 0;
}

/* moduledata begins with pointers to the table and to the names in it. */
struct module_search {
	const struct image *image;
	uint64_t table, names; /* addresses */
	uint64_t found;
	unsigned tried;
};

static bool module_is_at(struct module_search *s, uint64_t address)
{
	if (s->tried++ >= PLACES_MAX ||
		pointer_read(s->image, address + sizeof(uint64_t) * POINTER_NAMES) != s->names)
		return false;
	s->found = address;
	return true;
}

static bool module_is_written(void *context, const GElf_Rela *r)
{
	struct module_search *s = context;

	return (uint64_t)r->r_addend == s->table && module_is_at(s, r->r_offset);
}

static bool module_is_in(struct module_search *s, Elf_Scn *section)
{
	GElf_Shdr header;
	Elf_Data *data;

	if (!gelf_getshdr(section, &header) || header.sh_type != SHT_PROGBITS ||
		!(header.sh_flags & SHF_ALLOC) || header.sh_flags & SHF_EXECINSTR)
		return false;
	data = elf_rawdata(section, NULL);
	for (size_t at = 0; data && data->d_buf && at + 8 <= data->d_size; at += 8)
		if (memcmp((const char *)data->d_buf + at, &s->table, 8) == 0 &&
			module_is_at(s, header.sh_addr + at))
			return true;
	return false;
}

static bool module_find(struct module_search *s)
{
	Elf *elf = image_elf(s->image);
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(elf, section)))
		if (module_is_in(s, section))
			return true;
	return relocations_search(elf, module_is_written, s);
}

/* Where the pointer to the descriptions is. Go 1.27 has lengths before it, the first of them where
 * the end of the types was. */
static unsigned trees_number(const struct image *i, uint64_t module, bool since_1_20)
{
	if (!since_1_20)
		return POINTER_TREES_1_18;
	return pointer_read(i, module + sizeof(uint64_t) * POINTER_TYPES_END) <
			       pointer_read(i, module + sizeof(uint64_t) * POINTER_TYPES)
		       ? POINTER_TREES_1_27
		       : POINTER_TREES_1_20;
}

bool go_module_read(const struct image *i, uint64_t table, uint64_t names, bool since_1_20,
	struct go_module *ret)
{
	struct module_search s = {.image = i, .table = table, .names = names};

	if (!module_find(&s))
		return false;
	ret->text = pointer_read(i, s.found + sizeof(uint64_t) * POINTER_TEXT);
	ret->trees =
		pointer_read(i, s.found + sizeof(uint64_t) * trees_number(i, s.found, since_1_20));
	return ret->text != 0;
}
