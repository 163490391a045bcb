/*
 * image_symbol: looks for names where they are written, then for the symbols that have them. Most
 * files have none of the names that are asked for, and of those that do few symbols have one.
 */
#include "image.h"

#include <gelf.h>
#include <libelf.h>
#include <string.h>

/* Names can share their ends, and so be written in others: ruby_init in foo_ruby_init. */
#define PLACES_MAX 256

struct place {
	uint64_t at; /* in the table of strings */
	size_t name;
};

struct search {
	const char *const *names;
	size_t names_count;
	bool parts; /* NAME.cold and its like are wanted too */
	struct place places[PLACES_MAX];
	size_t places_count;
	size_t first; /* of the names, that is defined; names_count: none */
	struct image_symbol *found;
	size_t count, max;
};

static const struct place *place_find(const struct search *s, uint64_t at)
{
	for (size_t i = 0; i < s->places_count; i++)
		if (s->places[i].at == at)
			return &s->places[i];
	return NULL;
}

static void name_look(struct search *s, size_t name, const char *bytes, size_t size, uint64_t at)
{
	size_t length = strlen(s->names[name]);
	const char *end = bytes + size, *found = bytes;

	for (; (found = memmem(found, end - found, s->names[name], length)); found++) {
		uint64_t place = at + (found - bytes);

		if (found + length == end || s->places_count == PLACES_MAX)
			return;
		if ((found[length] == '\0' || (s->parts && found[length] == '.')) &&
			!place_find(s, place))
			s->places[s->places_count++] = (struct place){.at = place, .name = name};
	}
}

static bool names_look(void *context, const char *bytes, size_t size, uint64_t at)
{
	struct search *s = context;

	for (size_t n = 0; n < s->names_count; n++)
		if (s->names[n])
			name_look(s, n, bytes, size, at);
	return s->places_count == PLACES_MAX;
}

static bool symbols_look(void *context, const char *bytes, size_t size, uint64_t at)
{
	const Elf64_Sym *symbols = (const void *)bytes;
	struct search *s = context;

	(void)at;
	for (size_t n = 0; n < size / sizeof(*symbols); n++) {
		const struct place *p = place_find(s, symbols[n].st_name);

		if (!p || symbols[n].st_shndx == SHN_UNDEF)
			continue;
		s->first = p->name < s->first ? p->name : s->first;
		if (s->count < s->max)
			s->found[s->count++] = (struct image_symbol){
				.value = symbols[n].st_value, .size = symbols[n].st_size};
	}
	return s->max && s->count == s->max;
}

static size_t names_longest(const struct search *s)
{
	size_t longest = 0;

	for (size_t n = 0; n < s->names_count; n++)
		if (s->names[n] && strlen(s->names[n]) > longest)
			longest = strlen(s->names[n]);
	return longest;
}

/* A file has one table of each type at most. */
static bool table_find(const struct image *i, GElf_Word type, GElf_Shdr *ret)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(image_elf(i), section)))
		if (gelf_getshdr(section, ret) && ret->sh_type == type)
			return true;
	return false;
}

static void table_search(const struct image *i, GElf_Word type, struct search *s)
{
	GElf_Shdr symbols, strings;
	Elf_Scn *section;

	if (!table_find(i, type, &symbols))
		return;
	section = elf_getscn(image_elf(i), symbols.sh_link);
	if (!section || !gelf_getshdr(section, &strings) || strings.sh_type == SHT_NOBITS)
		return;
	s->places_count = 0;
	pieces_read(image_fd(i), strings.sh_offset, strings.sh_size, names_longest(s) + 1,
		names_look, s);
	if (s->places_count)
		pieces_read(image_fd(i), symbols.sh_offset, symbols.sh_size, 0, symbols_look, s);
}

bool image_find_symbol(const struct image *i, const char *name, struct image_symbol *ret)
{
	struct search s = {.names = &name, .names_count = 1, .first = 1, .found = ret, .max = 1};

	table_search(i, SHT_DYNSYM, &s);
	if (s.count == 0)
		table_search(i, SHT_SYMTAB, &s);
	return s.count > 0;
}

size_t image_find_first(const struct image *i, const char *const *names, size_t count)
{
	struct search s = {.names = names, .names_count = count, .first = count};

	table_search(i, SHT_DYNSYM, &s);
	if (s.first == count)
		table_search(i, SHT_SYMTAB, &s);
	return s.first;
}

size_t image_find_parts(
	const struct image *i, const char *name, struct image_symbol *ret, size_t max)
{
	struct search s = {.names = &name,
		.names_count = 1,
		.parts = true,
		.first = 1,
		.found = ret,
		.max = max};

	table_search(i, SHT_DYNSYM, &s);
	if (s.count < s.max)
		table_search(i, SHT_SYMTAB, &s);
	return s.count;
}
