/*
 * The table of functions in a Go program that its owner made up. The file around it is ours, so
 * that most inputs are taken for one: a header, moduledata, the table. The input is the table, and
 * in front of it where in it inlined functions are described.
 */
#include "fuzz.h"

#include "probe/go_table.h"
#include "probe/image.h"

#include <elf.h>
#include <string.h>

#define NAMES "\0.gopclntab\0.data\0.shstrtab"
#define BASE 0x400000
#define TEXT 0x401000
#define POINTERS 48
#define FRAMES_MAX 8

enum { SECTION_NONE, SECTION_TABLE, SECTION_DATA, SECTION_NAMES, SECTIONS };

/* As in go_module.c. */
enum { POINTER_TABLE, POINTER_NAMES, POINTER_TEXT = 22, POINTER_TYPES = 37, POINTER_TREES = 40 };

struct file {
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	Elf64_Shdr sections[SECTIONS];
	char names[sizeof(NAMES)];
	_Alignas(8) uint64_t module[POINTERS];
	uint8_t table[];
};

static void headers_fill(struct file *f, size_t table_size)
{
	size_t size = sizeof(*f) + table_size;

	memcpy(f->header.e_ident, ELFMAG "\x02\x01\x01", SELFMAG + 3);
	f->header.e_type = ET_EXEC;
	f->header.e_machine = EM_X86_64;
	f->header.e_version = EV_CURRENT;
	f->header.e_ehsize = sizeof(f->header);
	f->header.e_phoff = offsetof(struct file, segment);
	f->header.e_phentsize = sizeof(f->segment);
	f->header.e_phnum = 1;
	f->header.e_shoff = offsetof(struct file, sections);
	f->header.e_shentsize = sizeof(f->sections[0]);
	f->header.e_shnum = SECTIONS;
	f->header.e_shstrndx = SECTION_NAMES;
	f->segment =
		(Elf64_Phdr){.p_type = PT_LOAD, .p_vaddr = BASE, .p_filesz = size, .p_memsz = size};
}

static void sections_fill(struct file *f, size_t table_size)
{
	f->sections[SECTION_TABLE] = (Elf64_Shdr){.sh_name = 1,
		.sh_type = SHT_PROGBITS,
		.sh_flags = SHF_ALLOC,
		.sh_addr = BASE + sizeof(*f),
		.sh_offset = sizeof(*f),
		.sh_size = table_size};
	f->sections[SECTION_DATA] = (Elf64_Shdr){.sh_name = 12,
		.sh_type = SHT_PROGBITS,
		.sh_flags = SHF_ALLOC | SHF_WRITE,
		.sh_addr = BASE + offsetof(struct file, module),
		.sh_offset = offsetof(struct file, module),
		.sh_size = sizeof(f->module)};
	f->sections[SECTION_NAMES] = (Elf64_Shdr){.sh_name = 18,
		.sh_type = SHT_STRTAB,
		.sh_offset = offsetof(struct file, names),
		.sh_size = sizeof(f->names)};
	memcpy(f->names, NAMES, sizeof(NAMES));
}

static void module_fill(struct file *f, size_t table_size, uint32_t trees)
{
	uint64_t names = 0, table = BASE + sizeof(*f);
	size_t names_at = 8 + 3 * 8;

	if (table_size >= names_at + sizeof(names))
		memcpy(&names, f->table + names_at, sizeof(names));
	f->module[POINTER_TABLE] = table;
	f->module[POINTER_NAMES] = table + names;
	f->module[POINTER_TEXT] = TEXT;
	f->module[POINTER_TYPES] = BASE;
	f->module[POINTER_TYPES + 1] = BASE + 1;
	f->module[POINTER_TREES] = table + trees;
}

static void frames_check(const struct symbol_frame *frames, size_t count)
{
	for (size_t n = 0; n < count; n++) {
		FUZZ_ASSERT(!frames[n].function || *frames[n].function, "an empty name");
		FUZZ_ASSERT(!frames[n].file || strlen(frames[n].file), "an empty file");
		FUZZ_ASSERT(frames[n].line >= 0, "a line below 0");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	struct symbol_frame frames[FRAMES_MAX];
	struct go_table *t;
	struct image *i;
	struct file *f;
	uint32_t trees;
	int fd;

	fuzz_take(&in, &trees, sizeof(trees));
	f = calloc(1, sizeof(*f) + in.size);
	FUZZ_ASSERT(f, "out of memory");
	if (in.size)
		memcpy(f->table, in.data, in.size);
	headers_fill(f, in.size);
	sections_fill(f, in.size);
	module_fill(f, in.size, trees);
	fd = fuzz_file((const uint8_t *)f, sizeof(*f) + in.size);
	free(f);
	i = fd >= 0 ? image_take(fd) : NULL;
	FUZZ_ASSERT(i, "no image of our own file");
	t = go_table_open(i);
	for (uint64_t at = 0; t && at < 256; at += 8)
		frames_check(frames, go_table_find(t, TEXT + at, frames, FRAMES_MAX));
	go_table_free(t);
	image_free(i);
	return 0;
}
