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

void image_section_look(
	const struct image *i, const char *name, size_t overlap, piece_fn fn, void *context)
{
	GElf_Shdr header;

	if (section_find(i, name, &header) && header.sh_type != SHT_NOBITS)
		pieces_read(i->fd, header.sh_offset, header.sh_size, overlap, fn, context);
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
