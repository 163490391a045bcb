/* image: libelf's view of one file, kept open while questions are asked of it. */
#include "image.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct image {
	int fd;
	Elf *elf;
};

struct image *image_open(const char *path)
{
	struct image *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	elf_version(EV_CURRENT);
	/* O_NONBLOCK: a path that now names a FIFO must not hold us. */
	i->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	/* Read, not mapped: a file that is cut short meanwhile would end us with SIGBUS. */
	if (i->fd >= 0)
		i->elf = elf_begin(i->fd, ELF_C_READ, NULL);
	if (!i->elf || elf_kind(i->elf) != ELF_K_ELF || gelf_getclass(i->elf) != ELFCLASS64) {
		image_free(i);
		return NULL;
	}
	return i;
}

void image_free(struct image *i)
{
	if (!i)
		return;
	elf_end(i->elf);
	if (i->fd >= 0)
		close(i->fd);
	free(i);
}

/* The names are looked at in place: libelf's calls for each symbol cost ten times as much. */
static bool table_find_symbol(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, const char *name,
	struct image_symbol *ret)
{
	Elf_Data *data = elf_getdata(section, NULL);
	Elf_Scn *names_section = elf_getscn(elf, header->sh_link);
	Elf_Data *names = names_section ? elf_getdata(names_section, NULL) : NULL;
	const Elf64_Sym *symbols = data ? data->d_buf : NULL;
	size_t count = symbols ? data->d_size / sizeof(*symbols) : 0, length = strlen(name) + 1;

	for (size_t n = 0; names && names->d_buf && n < count; n++) {
		const Elf64_Sym *symbol = &symbols[n];

		if (symbol->st_shndx == SHN_UNDEF || symbol->st_name >= names->d_size ||
			names->d_size - symbol->st_name < length ||
			memcmp((const char *)names->d_buf + symbol->st_name, name, length) != 0)
			continue;
		*ret = (struct image_symbol){.value = symbol->st_value, .size = symbol->st_size};
		return true;
	}
	return false;
}

bool image_find_symbol(const struct image *i, const char *name, struct image_symbol *ret)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(i->elf, section)))
		if (gelf_getshdr(section, &header) &&
			(header.sh_type == SHT_DYNSYM || header.sh_type == SHT_SYMTAB) &&
			table_find_symbol(i->elf, section, &header, name, ret))
			return true;
	return false;
}

static Elf_Scn *section_find(const struct image *i, const char *name, GElf_Shdr *ret)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(i->elf, &names) < 0)
		return NULL;
	while ((section = elf_nextscn(i->elf, section))) {
		const char *found =
			gelf_getshdr(section, ret) ? elf_strptr(i->elf, names, ret->sh_name) : NULL;

		if (found && strcmp(found, name) == 0)
			return section;
	}
	return NULL;
}

bool image_find_section(const struct image *i, const char *name, struct image_symbol *ret)
{
	GElf_Shdr header;

	if (!section_find(i, name, &header))
		return false;
	*ret = (struct image_symbol){.value = header.sh_addr, .size = header.sh_size};
	return true;
}

const char *image_section_data(const struct image *i, const char *name, size_t *ret_size)
{
	GElf_Shdr header;
	Elf_Scn *section = section_find(i, name, &header);
	Elf_Data *data = section ? elf_rawdata(section, NULL) : NULL;

	*ret_size = data && data->d_buf ? data->d_size : 0;
	return *ret_size ? data->d_buf : NULL;
}

bool image_read(const struct image *i, uint64_t address, void *to, size_t size)
{
	size_t count;
	GElf_Phdr p;

	if (elf_getphdrnum(i->elf, &count) < 0)
		return false;
	for (size_t n = 0; n < count; n++) {
		if (!gelf_getphdr(i->elf, n, &p) || p.p_type != PT_LOAD || address < p.p_vaddr ||
			address + size > p.p_vaddr + p.p_filesz)
			continue;
		return pread(i->fd, to, size, p.p_offset + (address - p.p_vaddr)) == (ssize_t)size;
	}
	return false;
}

bool image_bias(const struct image *i, uint64_t mapped_start, uint64_t mapped_offset, uint64_t *ret)
{
	const uint64_t page = sysconf(_SC_PAGESIZE) - 1;
	size_t count;
	GElf_Phdr p;

	if (elf_getphdrnum(i->elf, &count) < 0)
		return false;
	for (size_t n = 0; n < count; n++) {
		if (!gelf_getphdr(i->elf, n, &p) || p.p_type != PT_LOAD ||
			mapped_offset < (p.p_offset & ~page) ||
			mapped_offset >= p.p_offset + p.p_filesz)
			continue;
		*ret = mapped_start - mapped_offset + p.p_offset - p.p_vaddr;
		return true;
	}
	return false;
}
