/*
 * debug_text: a text stands in a section of texts, of its own file or of one that files share, or
 * right in the entry that it belongs to.
 */
#include "debug_text.h"

#include <dwarf.h>
#include <gelf.h>
#include <string.h>

static bool holds_texts(const char *name)
{
	static const char *const names[] = {".debug_str", ".debug_line_str", ".debug_str.dwo",
		".zdebug_str", ".zdebug_line_str", ".zdebug_str.dwo"};

	for (size_t i = 0; name && i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool section_ends(Elf_Scn *section)
{
	const Elf_Data *data = elf_getdata(section, NULL);

	return !data || !data->d_buf || data->d_size == 0 ||
		((const char *)data->d_buf)[data->d_size - 1] == '\0';
}

bool debug_texts_end(Dwarf *dwarf)
{
	Elf *elf = dwarf_getelf(dwarf);
	Elf_Scn *section = NULL;
	size_t names;

	if (!elf || elf_getshdrstrndx(elf, &names) < 0)
		return false;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) &&
			holds_texts(elf_strptr(elf, names, header.sh_name)) &&
			!section_ends(section))
			return false;
	}
	return true;
}

/* Of a text that lies in a section of the file. */
static bool ends_in_section(Elf *elf, const char *text)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(elf, section))) {
		const Elf_Data *data = elf_getdata(section, NULL);
		uintptr_t start = data ? (uintptr_t)data->d_buf : 0;

		if (start && (uintptr_t)text - start < data->d_size)
			return memchr(text, '\0', data->d_size - ((uintptr_t)text - start));
	}
	return false;
}

static bool text_ends(Dwarf_Attribute *a, const char *text)
{
	Dwarf *own = dwarf_cu_getdwarf(a->cu), *shared;

	switch (dwarf_whatform(a)) {
	case DW_FORM_string:
		return ends_in_section(dwarf_getelf(own), text);
	case DW_FORM_GNU_strp_alt:
	case DW_FORM_strp_sup:
		shared = dwarf_getalt(own);
		return shared && debug_texts_end(shared);
	default:
		return debug_texts_end(own);
	}
}

const char *debug_text(Dwarf_Attribute *a)
{
	const char *text = dwarf_formstring(a);

	return text && text_ends(a, text) ? text : NULL;
}
