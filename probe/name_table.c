/*
 * name_table: those that sections tell of, and the one that the dynamic linker uses, which libdwfl
 * takes where there are no sections.
 */
#include "name_table.h"

#include <gelf.h>
#include <stddef.h>
#include <stdint.h>

static bool sections_end(Elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		const Elf_Data *data;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_STRTAB)
			continue;
		data = elf_getdata(section, NULL);
		if (data && data->d_buf && data->d_size > 0 &&
			((const char *)data->d_buf)[data->d_size - 1] != '\0')
			return false;
	}
	return true;
}

/* n counts on to the next one. */
static bool segment_next(Elf *elf, GElf_Word type, size_t *n, GElf_Phdr *ret)
{
	size_t count;

	if (elf_getphdrnum(elf, &count) < 0)
		return false;
	while (*n < count && gelf_getphdr(elf, (int)*n, ret)) {
		(*n)++;
		if (ret->p_type == type)
			return true;
	}
	return false;
}

/* Where the byte of an address is in the file; UINT64_MAX: nowhere. */
static uint64_t file_offset(Elf *elf, uint64_t address)
{
	GElf_Phdr p;

	for (size_t n = 0; segment_next(elf, PT_LOAD, &n, &p);)
		if (address - p.p_vaddr < p.p_filesz)
			return p.p_offset + (address - p.p_vaddr);
	return UINT64_MAX;
}

/* The address of the table's last byte; UINT64_MAX: there is none. Where only its size is told,
 * libdwfl has it begin at 0. */
static uint64_t dynamic_last(Elf *elf, const GElf_Phdr *p)
{
	Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)p->p_offset, p->p_filesz, ELF_T_DYN);
	uint64_t start = 0, size = 0;
	GElf_Dyn entry;

	for (int i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++) {
		if (entry.d_tag == DT_STRTAB)
			start = entry.d_un.d_ptr;
		else if (entry.d_tag == DT_STRSZ)
			size = entry.d_un.d_val;
	}
	return size ? start + size - 1 : UINT64_MAX;
}

/* elf_rawfile() would be the way to a byte, but with it libelf 0.188 forgets what it has read. */
static bool byte_ends(Elf *elf, uint64_t offset)
{
	Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)offset, 1, ELF_T_BYTE);

	return data && data->d_buf && *(const char *)data->d_buf == '\0';
}

static bool dynamic_ends(Elf *elf)
{
	GElf_Phdr p;

	for (size_t n = 0; segment_next(elf, PT_DYNAMIC, &n, &p);) {
		uint64_t last = dynamic_last(elf, &p), offset;

		if (last == UINT64_MAX)
			continue;
		offset = file_offset(elf, last);
		if (offset > INT64_MAX || !byte_ends(elf, offset))
			return false;
	}
	return true;
}

bool name_tables_end(Elf *elf)
{
	return sections_end(elf) && dynamic_ends(elf);
}
