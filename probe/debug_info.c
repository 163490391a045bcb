/*
 * debug_info: compilation unit -> function -> blocks and inlined functions around an address.
 *
 * Units are found by .debug_aranges, else by their own ranges (clang writes no .debug_aranges); the
 * functions of a unit are listed when the first address in it is asked for.
 */
#include "debug_info.h"

#include "measurement.h"
#include "table.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Inlined functions and blocks around one address. Deeper than compilers nest them. */
#define NESTING_MAX 64

/* Code, from address to address, and the entry (of a unit, of a function) that it belongs to. */
struct range {
	Dwarf_Addr low, high;
	Dwarf_Off entry;
};

struct ranges {
	struct range *list;
	size_t count;
};

struct unit {
	Dwarf_Die die;      /* has the line table; */
	Dwarf_Die contents; /* the same or, of split DWARF, the one in the .dwo file */
	const char *language;
	const char *folder; /* in which it was compiled; NULL: not known */
	struct ranges functions;
};

struct debug_info {
	Dwarf *dwarf;
	Dwarf_Addr bias;
	bool units_listed;
	struct ranges units;
	struct table known; /* offset of a unit's entry + 1 -> index in `opened` */
	struct unit *opened;
	size_t opened_count;
	char *paths[NESTING_MAX]; /* of the last answer */
	size_t paths_count;
};

/* https://dwarfstd.org/languages.html. A dialect's year is of no interest here. */
static const struct {
	int code;
	const char *name;
} languages[] = {
	{DW_LANG_C89, "c"},
	{DW_LANG_C, "c"},
	{DW_LANG_C99, "c"},
	{DW_LANG_C11, "c"},
	{0x002c /* C17 */, "c"},
	{DW_LANG_C_plus_plus, "c++"},
	{DW_LANG_C_plus_plus_03, "c++"},
	{DW_LANG_C_plus_plus_11, "c++"},
	{DW_LANG_C_plus_plus_14, "c++"},
	{0x002b /* C++17 */, "c++"},
	{0x002d /* C++20 */, "c++"},
	{DW_LANG_Rust, "rust"},
	{DW_LANG_Go, "go"},
	{DW_LANG_D, "d"},
	{DW_LANG_Ada83, "ada"},
	{DW_LANG_Ada95, "ada"},
	{DW_LANG_Fortran77, "fortran"},
	{DW_LANG_Fortran90, "fortran"},
	{DW_LANG_Fortran95, "fortran"},
	{DW_LANG_Fortran03, "fortran"},
	{DW_LANG_Fortran08, "fortran"},
	{DW_LANG_Pascal83, "pascal"},
	{DW_LANG_Modula2, "modula-2"},
	{DW_LANG_Java, "java"},
	{DW_LANG_ObjC, "objective-c"},
	{DW_LANG_ObjC_plus_plus, "objective-c++"},
	{DW_LANG_Swift, "swift"},
	{DW_LANG_Julia, "julia"},
	{DW_LANG_Haskell, "haskell"},
	{DW_LANG_OCaml, "ocaml"},
	{0x0027 /* Zig */, "zig"},
	{0x0028 /* Crystal */, "crystal"},
	{DW_LANG_Mips_Assembler, "assembly"},
};

static const char *language_of(Dwarf_Die *unit)
{
	int code = dwarf_srclang(unit);

	for (size_t i = 0; i < sizeof(languages) / sizeof(*languages); i++)
		if (languages[i].code == code)
			return languages[i].name;
	return NULL;
}

struct debug_info *debug_info_new(Dwarf *dwarf, Dwarf_Addr bias)
{
	struct debug_info *d = calloc(1, sizeof(*d));

	if (d) {
		d->dwarf = dwarf;
		d->bias = bias;
	}
	return d;
}

static void paths_free(struct debug_info *d)
{
	while (d->paths_count)
		free(d->paths[--d->paths_count]);
}

void debug_info_free(struct debug_info *d)
{
	if (!d)
		return;
	paths_free(d);
	for (size_t i = 0; i < d->opened_count; i++)
		free(d->opened[i].functions.list);
	free(d->opened);
	free(d->units.list);
	table_free(&d->known);
	free(d);
}

/* What the linker threw away has addresses at 0, or at the end of the address space. */
static bool range_exists(Dwarf_Addr low, Dwarf_Addr high)
{
	return low != 0 && low < high && high < UINT64_MAX - 1;
}

/* A missing range for want of memory is a missing name. */
static void ranges_add(struct ranges *r, Dwarf_Die *die)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(die, at, &base, &low, &high)) > 0) {
		struct range *added;

		if (!range_exists(low, high))
			continue;
		added = measured_append(&r->list, &r->count, sizeof(*added));
		if (added)
			*added = (struct range){low, high, dwarf_dieoffset(die)};
	}
}

static int range_compare(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->low > y->low) - (x->low < y->low);
}

static void ranges_order(struct ranges *r)
{
	if (r->count)
		qsort(r->list, r->count, sizeof(*r->list), range_compare);
}

static const struct range *ranges_find(const struct ranges *r, Dwarf_Addr address)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->list[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < r->list[low - 1].high ? &r->list[low - 1] : NULL;
}

/* Only these have functions inside. Blocks of functions are among them: functions and classes
 * nested in a function are there. */
static bool entry_has_functions(Dwarf_Die *die)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_interface_type:
	case DW_TAG_subprogram:
	case DW_TAG_lexical_block:
		return dwarf_haschildren(die) > 0;
	default:
		return false;
	}
}

/* Entries nest as deep as the source; what nests deeper is no compiler's work. */
static void functions_list(struct ranges *r, Dwarf_Die *parent, int depth)
{
	Dwarf_Die child;

	if (depth == NESTING_MAX || dwarf_child(parent, &child) != 0)
		return;
	do {
		if (dwarf_tag(&child) == DW_TAG_subprogram)
			ranges_add(r, &child);
		if (entry_has_functions(&child))
			functions_list(r, &child, depth + 1);
	} while (dwarf_siblingof(&child, &child) == 0);
}

static const char *string_of(Dwarf_Die *die, unsigned int attribute)
{
	Dwarf_Attribute a;

	return dwarf_formstring(dwarf_attr_integrate(die, attribute, &a));
}

static void units_list(struct debug_info *d)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;

	d->units_listed = true;
	while (dwarf_get_units(d->dwarf, cu, &cu, NULL, NULL, &die, NULL) == 0)
		ranges_add(&d->units, &die);
	ranges_order(&d->units);
}

static bool unit_locate(struct debug_info *d, Dwarf_Addr address, Dwarf_Die *ret)
{
	const struct range *found;

	if (dwarf_addrdie(d->dwarf, address, ret))
		return true;
	if (!d->units_listed)
		units_list(d);
	found = ranges_find(&d->units, address);
	return found && dwarf_offdie(d->dwarf, found->entry, ret);
}

static struct unit *unit_open(struct debug_info *d, Dwarf_Addr address)
{
	Dwarf_Die die, split;
	struct unit *u;
	uint8_t type;
	size_t index;

	if (!unit_locate(d, address, &die))
		return NULL;
	if (table_get(&d->known, dwarf_dieoffset(&die) + 1, &index))
		return &d->opened[index];
	index = d->opened_count;
	u = measured_append(&d->opened, &d->opened_count, sizeof(*u));
	if (!u)
		return NULL;
	u->die = u->contents = die;
	if (dwarf_cu_info(die.cu, NULL, &type, NULL, &split, NULL, NULL, NULL) == 0 &&
		type == DW_UT_skeleton && dwarf_tag(&split) == DW_TAG_compile_unit)
		u->contents = split;
	u->language = language_of(&u->contents);
	u->folder = string_of(&u->die, DW_AT_comp_dir);
	functions_list(&u->functions, &u->contents, 0);
	ranges_order(&u->functions);
	/* Without memory for this row it is listed again. */
	(void)table_set(&d->known, dwarf_dieoffset(&die) + 1, index);
	return u;
}

/* The entry inside `parent` that goes on around the address. */
static bool block_enter(Dwarf_Die *parent, Dwarf_Addr address, Dwarf_Die *ret)
{
	Dwarf_Die child;

	if (dwarf_child(parent, &child) != 0)
		return false;
	do {
		int tag = dwarf_tag(&child);

		if ((tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block &&
			    tag != DW_TAG_try_block && tag != DW_TAG_catch_block) ||
			dwarf_haspc(&child, address) != 1)
			continue;
		*ret = child;
		return true;
	} while (dwarf_siblingof(&child, &child) == 0);
	return false;
}

/* The function and what is inlined into it around the address, outermost first. */
static size_t chain_collect(const struct unit *u, Dwarf_Addr address, Dwarf_Die chain[NESTING_MAX])
{
	const struct range *function = ranges_find(&u->functions, address);
	Dwarf_Die at, inner;
	size_t count = 0;

	if (!function || !dwarf_offdie(dwarf_cu_getdwarf(u->contents.cu), function->entry, &at))
		return 0;
	chain[count++] = at;
	while (count < NESTING_MAX && block_enter(&at, address, &inner)) {
		at = inner;
		if (dwarf_tag(&at) == DW_TAG_inlined_subroutine)
			chain[count++] = at;
	}
	return count;
}

/* Where the linker's name tells more (namespaces, classes, types) it is wanted; in C it may be
 * an alias or the compiler's copy. */
static const char *function_name(Dwarf_Die *die, const char *language)
{
	static const char *const mangled[] = {"c++", "rust", "d", "objective-c++"};
	const char *name = NULL;

	for (size_t i = 0; language && !name && i < sizeof(mangled) / sizeof(*mangled); i++)
		if (strcmp(language, mangled[i]) == 0)
			name = string_of(die, DW_AT_linkage_name);
	if (!name)
		name = string_of(die, DW_AT_name);
	return name && *name ? name : NULL;
}

/* With link-time optimisation, a function may be inlined into another language's. */
static const char *function_language(Dwarf_Die *die, const char *otherwise)
{
	Dwarf_Die origin, unit;
	Dwarf_Attribute a;
	const char *language;

	if (!dwarf_formref_die(dwarf_attr(die, DW_AT_abstract_origin, &a), &origin) ||
		!dwarf_diecu(&origin, &unit, NULL, NULL))
		return otherwise;
	language = language_of(&unit);
	return language ? language : otherwise;
}

/* A source file's path from the root, if that is known: libdw gives it from where it was compiled.
 */
static const char *path_of(struct debug_info *d, const struct unit *u, const char *file)
{
	char *path;

	if (!file || file[0] == '/' || !u->folder || d->paths_count == NESTING_MAX)
		return file;
	while (file[0] == '.' && file[1] == '/')
		file += 2;
	if (asprintf(&path, "%s/%s", u->folder, file) < 0)
		return file;
	return d->paths[d->paths_count++] = path;
}

/* From where an inlined function was called: what runs in the next frame. */
static void call_place(
	struct debug_info *d, const struct unit *u, Dwarf_Die *inlined, struct symbol_frame *ret)
{
	Dwarf_Word file, line;
	Dwarf_Attribute a;
	Dwarf_Die unit = u->contents;
	Dwarf_Files *files;
	size_t count;

	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &a), &line) == 0)
		ret->line = line;
	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &a), &file) == 0 &&
		dwarf_getsrcfiles(&unit, &files, &count) == 0 && file < count)
		ret->file = path_of(d, u, dwarf_filesrc(files, file, NULL, NULL));
}

/* Returns the address from which on the line is that one. */
static Dwarf_Addr line_place(
	struct debug_info *d, struct unit *u, Dwarf_Addr address, struct symbol_frame *ret)
{
	Dwarf_Line *line = dwarf_getsrc_die(&u->die, address);
	Dwarf_Addr begins = 0;

	if (!line)
		return 0;
	ret->file = path_of(d, u, dwarf_linesrc(line, NULL, NULL));
	dwarf_lineno(line, &ret->line);
	dwarf_lineaddr(line, &begins);
	return begins;
}

size_t debug_info_find(struct debug_info *d, uint64_t address, uint64_t since,
	struct symbol_frame *ret, size_t max)
{
	struct unit *u = unit_open(d, address - d->bias);
	struct symbol_frame place = {0};
	Dwarf_Die chain[NESTING_MAX];
	size_t count, written = 0;
	Dwarf_Addr begins;

	paths_free(d);
	if (!u || !max)
		return 0;
	begins = line_place(d, u, address - d->bias, &place);
	count = chain_collect(u, address - d->bias, chain);
	if (count == 0 && place.file && begins + d->bias >= since) {
		ret[written++] = place;
		ret[0].language = u->language;
	}
	while (count-- > 0 && written < max) {
		struct symbol_frame *f = &ret[written++];

		*f = place;
		f->language = function_language(&chain[count], u->language);
		f->function = function_name(&chain[count], f->language);
		f->inlined = count > 0;
		place = (struct symbol_frame){0};
		call_place(d, u, &chain[count], &place);
	}
	return written;
}
