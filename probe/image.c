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
	/* O_NONBLOCK: a path that now names a FIFO must not hold us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd >= 0 ? image_take(fd) : NULL;
}

struct image *image_take(int fd)
{
	struct image *i = calloc(1, sizeof(*i));

	if (!i) {
		close(fd);
		return NULL;
	}
	i->fd = fd;
	elf_version(EV_CURRENT);
	/* Read, not mapped: a file that is cut short meanwhile would end us with SIGBUS. */
	i->elf = elf_begin(fd, ELF_C_READ, NULL);
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
	close(i->fd);
	free(i);
}

Elf *image_elf(const struct image *i)
{
	return i->elf;
}

int image_fd(const struct image *i)
{
	return i->fd;
}

struct search {
	const char *name;
	size_t length;
	bool parts; /* NAME.cold and its like are wanted too */
	struct image_symbol *found;
	size_t count, max;
};

static bool name_fits(const struct search *s, const char *name, size_t room)
{
	if (room <= s->length || memcmp(name, s->name, s->length) != 0)
		return false;
	return name[s->length] == '\0' || (s->parts && name[s->length] == '.');
}

/* The names are looked at in place: libelf's calls for each symbol cost ten times as much. */
static void table_search(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, struct search *s)
{
	Elf_Data *data = elf_getdata(section, NULL);
	Elf_Scn *names_section = elf_getscn(elf, header->sh_link);
	Elf_Data *names = names_section ? elf_getdata(names_section, NULL) : NULL;
	const Elf64_Sym *symbols = data ? data->d_buf : NULL;
	size_t count = symbols ? data->d_size / sizeof(*symbols) : 0;

	for (size_t n = 0; names && names->d_buf && n < count && s->count < s->max; n++) {
		const Elf64_Sym *symbol = &symbols[n];

		if (symbol->st_shndx != SHN_UNDEF && symbol->st_name < names->d_size &&
			name_fits(s, (const char *)names->d_buf + symbol->st_name,
				names->d_size - symbol->st_name))
			s->found[s->count++] = (struct image_symbol){
				.value = symbol->st_value, .size = symbol->st_size};
	}
}

static void image_search(const struct image *i, struct search *s)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while (s->count < s->max && (section = elf_nextscn(i->elf, section)))
		if (gelf_getshdr(section, &header) &&
			(header.sh_type == SHT_DYNSYM || header.sh_type == SHT_SYMTAB))
			table_search(i->elf, section, &header, s);
}

bool image_find_symbol(const struct image *i, const char *name, struct image_symbol *ret)
{
	struct search s = {.name = name, .length = strlen(name), .found = ret, .max = 1};

	image_search(i, &s);
	return s.count > 0;
}

size_t image_find_parts(
	const struct image *i, const char *name, struct image_symbol *ret, size_t max)
{
	struct search s = {
		.name = name, .length = strlen(name), .parts = true, .found = ret, .max = max};

	image_search(i, &s);
	return s.count;
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
	bool found = false;
	size_t count;
	GElf_Phdr p;

	if (elf_getphdrnum(i->elf, &count) < 0)
		return false;
	for (size_t n = 0; n < count; n++) {
		if (!gelf_getphdr(i->elf, n, &p) || p.p_type != PT_LOAD ||
			mapped_offset < (p.p_offset & ~page) ||
			mapped_offset >= p.p_offset + p.p_filesz)
			continue;
		/* A page of the file where one segment ends and the next begins is mapped for both
		 * (lld does so). What we are told of is executable. */
		if (found && !(p.p_flags & PF_X))
			continue;
		*ret = mapped_start - mapped_offset + p.p_offset - p.p_vaddr;
		found = true;
		if (p.p_flags & PF_X)
			break;
	}
	return found;
}

bool image_occupies(const struct image *i, uint64_t address)
{
	size_t count;
	GElf_Phdr p;

	if (elf_getphdrnum(i->elf, &count) < 0)
		return false;
	for (size_t n = 0; n < count; n++)
		if (gelf_getphdr(i->elf, n, &p) && p.p_type == PT_LOAD && address >= p.p_vaddr &&
			address - p.p_vaddr < p.p_memsz)
			return true;
	return false;
}
