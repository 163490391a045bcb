/* debug_language: DWARF's numbers of languages, and what is peculiar to some of them. */
#include "debug_language.h"

#include <dwarf.h>
#include <stddef.h>
#include <string.h>

/* https://dwarfstd.org/languages.html. A dialect's year is of no interest here. */
static const struct language {
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

const char *debug_language(Dwarf_Die *unit)
{
	int code = dwarf_srclang(unit);

	for (size_t i = 0; i < sizeof(languages) / sizeof(*languages); i++)
		if (languages[i].code == code)
			return languages[i].name;
	return NULL;
}

static bool is_among(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; name && i < count; i++)
		if (strcmp(name, list[i]) == 0)
			return true;
	return false;
}

bool debug_language_mangles(const char *name)
{
	static const char *const list[] = {"c++", "rust", "d", "objective-c++"};

	return is_among(name, list, sizeof(list) / sizeof(*list));
}

bool debug_language_declares(const char *name)
{
	static const char *const list[] = {"c", "c++", "rust", "go"};

	return is_among(name, list, sizeof(list) / sizeof(*list));
}
