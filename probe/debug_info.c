/*
 * debug_info: the unit and function at an address, then the blocks and inlined functions around it,
 * from the outermost to the innermost.
 */
#include "debug_info.h"

#include "debug_language.h"
#include "debug_text.h"
#include "debug_unit.h"
#include "demangle.h"

#include <dwarf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct debug_info {
	struct debug_units *units;
	Dwarf_Addr bias;
	char *lent[2 * DEBUG_NESTING_MAX]; /* a name and a path for each frame of the last answer */
	size_t lent_count;
};

struct debug_info *debug_info_new(Dwarf *dwarf, Dwarf_Addr bias)
{
	struct debug_info *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->bias = bias;
	d->units = debug_units_new(dwarf);
	if (d->units)
		return d;
	free(d);
	return NULL;
}

static void lent_free(struct debug_info *d)
{
	while (d->lent_count)
		free(d->lent[--d->lent_count]);
}

void debug_info_free(struct debug_info *d)
{
	if (!d)
		return;
	lent_free(d);
	debug_units_free(d->units);
	free(d);
}

/* Keeps a malloc'ed text until the next question. */
static const char *lend(struct debug_info *d, char *text)
{
	if (text && d->lent_count < sizeof(d->lent) / sizeof(*d->lent))
		return d->lent[d->lent_count++] = text;
	free(text);
	return NULL;
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
static size_t chain_collect(
	const struct debug_unit *u, Dwarf_Addr address, Dwarf_Die chain[DEBUG_NESTING_MAX])
{
	Dwarf_Die at, inner;
	size_t count = 0;

	if (!debug_unit_function(u, address, &at))
		return 0;
	chain[count++] = at;
	while (count < DEBUG_NESTING_MAX && block_enter(&at, address, &inner)) {
		at = inner;
		if (dwarf_tag(&at) == DW_TAG_inlined_subroutine)
			chain[count++] = at;
	}
	return count;
}

/* From a copy to what it is a copy of, and to where that is declared: namespaces are around it. */
static Dwarf_Die declaration_of(Dwarf_Die *die)
{
	static const unsigned int references[] = {DW_AT_abstract_origin, DW_AT_specification};
	Dwarf_Die at = *die;

	for (size_t i = 0; i < sizeof(references) / sizeof(*references); i++) {
		Dwarf_Attribute a;
		Dwarf_Die next;

		if (dwarf_formref_die(dwarf_attr(&at, references[i], &a), &next))
			at = next;
	}
	return at;
}

static const char *plain_name(Dwarf_Die *die)
{
	Dwarf_Attribute a;
	const char *name = debug_text(dwarf_attr_integrate(die, DW_AT_name, &a));

	if (name && *name)
		return name;
	return dwarf_tag(die) == DW_TAG_namespace ? "(anonymous namespace)" : NULL;
}

/* The name of a scope around `inside`. A class without one is a lambda's if it can be called. */
static const char *scope_name(Dwarf_Die *scope, const char *inside)
{
	const char *name = plain_name(scope);
	bool called = strncmp(inside, "operator()", strlen("operator()")) == 0;

	return name || !called || dwarf_tag(scope) == DW_TAG_subprogram ? name : "{lambda}";
}

/* The unit that an entry is in, which may be another one than that of the code (with link-time
 * optimisation, or types that units share). */
static struct debug_unit *unit_around(struct debug_info *d, struct debug_unit *u, Dwarf_Die *die)
{
	return die->cu == u->contents.cu ? u : debug_units_of(d->units, die);
}

/* NAMESPACE::CLASS::NAME. What has no name of its own is left out. malloc'ed. */
static char *scoped_name(struct debug_info *d, struct debug_unit *u, Dwarf_Die *die)
{
	const char *own = plain_name(die);
	char *name = own ? strdup(own) : NULL;
	Dwarf_Die at = declaration_of(die), outer;

	for (int depth = 0; name && depth < DEBUG_NESTING_MAX; depth++) {
		struct debug_unit *around = unit_around(d, u, &at);
		char *longer;

		if (!around || !debug_unit_outer(around, &at, &outer))
			break;
		at = declaration_of(&outer);
		own = scope_name(&outer, name);
		if (!own)
			continue;
		if (asprintf(&longer, "%s::%s", own, name) < 0)
			break;
		free(name);
		name = longer;
	}
	return name;
}

/*
 * In languages whose linker names tell namespaces, classes and types, by that name; GCC gives none
 * to what other files cannot see, as a lambda. In C, the linker's name may be an alias.
 */
static const char *function_name(
	struct debug_info *d, struct debug_unit *u, Dwarf_Die *die, const char *language)
{
	const char *linked, *told;
	Dwarf_Attribute a;

	if (!debug_language_mangles(language))
		return plain_name(die);
	linked = debug_text(dwarf_attr_integrate(die, DW_AT_linkage_name, &a));
	return lend(d, linked ? demangle(linked, &told) : scoped_name(d, u, die));
}

/* With link-time optimisation, a function may be inlined into another language's. */
static const char *function_language(struct debug_info *d, struct debug_unit *u, Dwarf_Die *die)
{
	Dwarf_Die origin = declaration_of(die);
	const struct debug_unit *own = unit_around(d, u, &origin);

	return own && own->language ? own->language : u->language;
}

/* "a/./b/../c" is "a/c": compilers call their own headers so. */
static void path_simplify(char *path)
{
	char *to = path;

	for (const char *from = path; *from;) {
		if (strncmp(from, "/./", 3) == 0) {
			from += 2;
		} else if (strncmp(from, "/../", 4) == 0 && to > path) {
			from += 3;
			while (to > path && *--to != '/')
				;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

/* A source file's path from the root, if that is known: libdw gives it from where it was compiled.
 */
static const char *path_of(struct debug_info *d, const struct debug_unit *u, const char *file)
{
	bool whole = file && (file[0] == '/' || !u->folder);
	char *path;

	if (!file || (whole && (file[0] != '/' || !strstr(file, "/."))))
		return file;
	while (!whole && file[0] == '.' && file[1] == '/')
		file += 2;
	if (asprintf(&path, "%s%s%s", whole ? "" : u->folder, whole ? "" : "/", file) < 0)
		return NULL;
	path_simplify(path);
	return lend(d, path);
}

/* From where an inlined function was called: what runs in the next frame. */
static void call_place(struct debug_info *d, const struct debug_unit *u, Dwarf_Die *inlined,
	struct symbol_frame *ret)
{
	Dwarf_Die unit = u->contents;
	Dwarf_Word file, line;
	Dwarf_Attribute a;
	Dwarf_Files *files;
	size_t count;

	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &a), &line) < 0 || line == 0 ||
		line > INT_MAX)
		return;
	ret->line = line;
	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &a), &file) == 0 &&
		dwarf_getsrcfiles(&unit, &files, &count) == 0 && file < count)
		ret->file = path_of(d, u, dwarf_filesrc(files, file, NULL, NULL));
}

/* Returns the address from which on the line is that one. */
static Dwarf_Addr line_place(
	struct debug_info *d, struct debug_unit *u, Dwarf_Addr address, struct symbol_frame *ret)
{
	Dwarf_Line *line = dwarf_getsrc_die(&u->die, address);
	Dwarf_Addr begins = 0;
	int number;

	/* Line 0 is code that the compiler made of several places: then the file is of none. */
	if (!line || dwarf_lineno(line, &number) < 0 || number <= 0)
		return 0;
	ret->line = number;
	ret->file = path_of(d, u, dwarf_linesrc(line, NULL, NULL));
	dwarf_lineaddr(line, &begins);
	return begins;
}

size_t debug_info_find(struct debug_info *d, uint64_t address, uint64_t since,
	struct symbol_frame *ret, size_t max)
{
	struct debug_unit *u = debug_units_at(d->units, address - d->bias);
	Dwarf_Die chain[DEBUG_NESTING_MAX];
	struct symbol_frame place = {0};
	size_t count, written = 0;
	Dwarf_Addr begins;

	lent_free(d);
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
		f->language = function_language(d, u, &chain[count]);
		f->function = function_name(d, u, &chain[count], f->language);
		f->inlined = count > 0;
		place = (struct symbol_frame){0};
		call_place(d, u, &chain[count], &place);
	}
	return written;
}
