/* debug_frame: an ELF file in memory, of a header, the section and a section of names. */
#include "debug_frame.h"

#include "image.h"

#include <elfutils/libdw.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#define NAMES "\0.debug_frame\0.shstrtab"
#define NAME_FRAME 1
#define NAME_NAMES 14

enum { SECTION_NONE, SECTION_FRAME, SECTION_NAMES, SECTIONS };

struct file {
	Elf64_Ehdr header;
	Elf64_Shdr sections[SECTIONS];
	char names[sizeof(NAMES)];
	_Alignas(8) unsigned char data[];
};

struct debug_frame {
	struct file *file;
	Elf *elf;
	Dwarf *dwarf;
};

/* By either name that it has; the older one is that of its compressed form. */
static Elf_Data *section_data(Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name = gelf_getshdr(section, &header)
					   ? elf_strptr(elf, names, header.sh_name)
					   : NULL;

		if (!name || header.sh_type == SHT_NOBITS)
			continue;
		if (strcmp(name, ".debug_frame") == 0 && header.sh_flags & SHF_COMPRESSED)
			elf_compress(section, 0, 0);
		else if (strcmp(name, ".zdebug_frame") == 0)
			elf_compress_gnu(section, 0, 0);
		else if (strcmp(name, ".debug_frame") != 0)
			continue;
		return elf_getdata(section, NULL);
	}
	return NULL;
}

static struct file *file_make(const Elf_Data *data)
{
	struct file *f = calloc(1, sizeof(*f) + data->d_size);

	if (!f)
		return NULL;
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): four bytes, no text */
	memcpy(f->header.e_ident, ELFMAG, SELFMAG);
	f->header.e_ident[EI_CLASS] = ELFCLASS64;
	f->header.e_ident[EI_DATA] = ELFDATA2LSB;
	f->header.e_ident[EI_VERSION] = EV_CURRENT;
	f->header.e_type = ET_EXEC;
	f->header.e_machine = EM_X86_64;
	f->header.e_version = EV_CURRENT;
	f->header.e_ehsize = sizeof(f->header);
	f->header.e_shoff = offsetof(struct file, sections);
	f->header.e_shentsize = sizeof(f->sections[0]);
	f->header.e_shnum = SECTIONS;
	f->header.e_shstrndx = SECTION_NAMES;
	f->sections[SECTION_FRAME] = (Elf64_Shdr){
		.sh_name = NAME_FRAME,
		.sh_type = SHT_PROGBITS,
		.sh_offset = offsetof(struct file, data),
		.sh_size = data->d_size,
		.sh_addralign = 8,
	};
	f->sections[SECTION_NAMES] = (Elf64_Shdr){
		.sh_name = NAME_NAMES,
		.sh_type = SHT_STRTAB,
		.sh_offset = offsetof(struct file, names),
		.sh_size = sizeof(f->names),
		.sh_addralign = 1,
	};
	memcpy(f->names, NAMES, sizeof(NAMES));
	memcpy(f->data, data->d_buf, data->d_size);
	return f;
}

struct debug_frame *debug_frame_new(const struct image *i)
{
	const Elf_Data *data = section_data(image_elf(i));
	struct debug_frame *f;

	if (!data || !data->d_buf || data->d_size == 0)
		return NULL;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->file = file_make(data);
	if (f->file)
		f->elf = elf_memory((char *)f->file, sizeof(*f->file) + data->d_size);
	if (f->elf)
		f->dwarf = dwarf_begin_elf(f->elf, DWARF_C_READ, NULL);
	return f;
}

void debug_frame_free(struct debug_frame *f)
{
	if (!f)
		return;
	dwarf_end(f->dwarf);
	elf_end(f->elf);
	free(f->file);
	free(f);
}

Dwarf_CFI *debug_frame_cfi(struct debug_frame *f)
{
	return f && f->dwarf ? dwarf_getcfi(f->dwarf) : NULL;
}
