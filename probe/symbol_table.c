/* symbol_table: libdwfl's symbols, sorted, the better one first among those of one address. */
#include "symbol_table.h"

#include "name_table.h"

#include "measurement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Global, weak, local is what a linker would take first; it matters less than underscores: `read`
 * is weak and its aliases __read and __libc_read may be global. */
static uint8_t name_rank(const char *name, int binding)
{
	size_t underscores = strspn(name, "_");

	return (underscores < 4 ? 4 - underscores : 0) * 4 + (binding == STB_GLOBAL        ? 2
								     : binding == STB_WEAK ? 1
											   : 0);
}

/* Mapping symbols ($x, $d) and local labels name no function. */
static bool name_counts(const char *name)
{
	return name && name[0] && name[0] != '$' && strncmp(name, ".L", 2) != 0;
}

/* Which list a symbol belongs to; NULL: none. */
static struct symbol **list_of(
	struct symbol_table *t, const GElf_Sym *s, const GElf_Shdr *section, size_t **ret_count)
{
	bool code = section->sh_flags & SHF_EXECINSTR;
	int type = GELF_ST_TYPE(s->st_info);

	if (!(section->sh_flags & SHF_ALLOC) || section->sh_flags & SHF_TLS)
		return NULL;
	if (type == STT_FUNC || type == STT_GNU_IFUNC || (type == STT_NOTYPE && code)) {
		*ret_count = &t->functions_count;
		return &t->functions;
	}
	if ((type == STT_OBJECT || type == STT_NOTYPE) && !code && s->st_size) {
		*ret_count = &t->variables_count;
		return &t->variables;
	}
	return NULL;
}

/* Symbols come from two files at most: this one and what has its debug information. */
struct source {
	Elf *elf; /* the one looked at last */
	bool sound;
};

static bool source_is_sound(struct source *s, Elf *elf)
{
	if (elf != s->elf)
		*s = (struct source){.elf = elf, .sound = name_tables_end(elf)};
	return s->sound;
}

static int symbol_add(struct symbol_table *t, struct source *source, Dwfl_Module *m, int index)
{
	struct symbol **list, *added;
	GElf_Shdr section;
	GElf_Addr address;
	GElf_Word number;
	const char *name;
	GElf_Addr bias;
	size_t *count;
	GElf_Sym s;
	Elf *elf;

	name = dwfl_module_getsym_info(m, index, &s, &address, &number, &elf, &bias);
	if (!name || !elf || !source_is_sound(source, elf) || !name_counts(name) ||
		number == SHN_UNDEF || !gelf_getshdr(elf_getscn(elf, number), &section))
		return 0;
	list = list_of(t, &s, &section, &count);
	if (!list)
		return 0;
	added = measured_append(list, count, sizeof(*added));
	if (!added)
		return -ENOMEM;
	*added = (struct symbol){
		.start = address,
		.end = s.st_size ? address + s.st_size : section.sh_addr + bias + section.sh_size,
		.name = name,
		.rank = name_rank(name, GELF_ST_BIND(s.st_info)),
		.sized = s.st_size > 0,
	};
	return 0;
}

static int symbol_compare(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->sized != y->sized)
		return y->sized - x->sized;
	if (x->rank != y->rank)
		return y->rank - x->rank;
	return strcmp(x->name, y->name);
}

/*
 * One for each address, and none without a size inside one that has a size: that is a label in a
 * function. Those that stay without a size end where the next one begins.
 */
static size_t list_order(struct symbol *list, size_t count)
{
	uint64_t reach = 0;
	size_t kept = 0;

	if (count)
		qsort(list, count, sizeof(*list), symbol_compare);
	for (size_t i = 0; i < count; i++) {
		const struct symbol s = list[i];

		if ((kept && list[kept - 1].start == s.start) || (!s.sized && s.start < reach))
			continue;
		if (kept && !list[kept - 1].sized && list[kept - 1].end > s.start)
			list[kept - 1].end = s.start;
		if (s.sized && s.end > reach)
			reach = s.end;
		list[kept] = s;
		list[kept++].reach = reach;
	}
	return kept;
}

int symbol_table_read(struct symbol_table *t, Dwfl_Module *m)
{
	int count = dwfl_module_getsymtab(m), r = 0;
	struct source source = {0};

	*t = (struct symbol_table){0};
	for (int i = 1; i < count && !r; i++)
		r = symbol_add(t, &source, m, i);
	if (r) {
		symbol_table_free(t);
		return r;
	}
	t->functions_count = list_order(t->functions, t->functions_count);
	t->variables_count = list_order(t->variables, t->variables_count);
	return 0;
}

void symbol_table_free(struct symbol_table *t)
{
	free(t->functions);
	free(t->variables);
	*t = (struct symbol_table){0};
}

/* The innermost of those that contain the address: the one that begins last. */
static const struct symbol *list_find(const struct symbol *list, size_t count, uint64_t address)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	while (low-- > 0) {
		if (address < list[low].end)
			return &list[low];
		if (address >= list[low].reach)
			break;
	}
	return NULL;
}

const struct symbol *symbol_table_function(const struct symbol_table *t, uint64_t address)
{
	return list_find(t->functions, t->functions_count, address);
}

const struct symbol *symbol_table_variable(const struct symbol_table *t, uint64_t address)
{
	return list_find(t->variables, t->variables_count, address);
}
