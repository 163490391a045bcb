/*
 * debug_unit: units are found by .debug_aranges, else by their own ranges (clang writes no
 * .debug_aranges); what is in one is listed when something in it is asked for.
 */
#include "debug_unit.h"

#include "debug_language.h"
#include "debug_text.h"
#include "measurement.h"
#include "table.h"

#include <dwarf.h>
#include <stdlib.h>

struct debug_units {
	Dwarf *dwarf;
	bool listed;
	struct debug_ranges ranges;
	struct table known; /* offset of a unit's entry -> index in `opened` */
	struct debug_unit **opened;
	size_t opened_count;
};

struct debug_units *debug_units_new(Dwarf *dwarf)
{
	struct debug_units *units = calloc(1, sizeof(*units));

	if (units)
		units->dwarf = dwarf;
	return units;
}

void debug_units_free(struct debug_units *units)
{
	if (!units)
		return;
	for (size_t i = 0; i < units->opened_count; i++) {
		free(units->opened[i]->functions.list);
		free(units->opened[i]->scopes);
		free(units->opened[i]);
	}
	free(units->opened);
	free(units->ranges.list);
	table_free(&units->known);
	free(units);
}

/* What the linker threw away has addresses at 0, or at the end of the address space. */
static bool range_exists(Dwarf_Addr low, Dwarf_Addr high)
{
	return low != 0 && low < high && high < UINT64_MAX - 1;
}

/* A missing range for want of memory is a missing name. */
static void ranges_add(struct debug_ranges *r, Dwarf_Die *die)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(die, at, &base, &low, &high)) > 0) {
		struct debug_range *added;

		if (!range_exists(low, high))
			continue;
		added = measured_append(&r->list, &r->count, sizeof(*added));
		if (added)
			*added = (struct debug_range){low, high, dwarf_dieoffset(die)};
	}
}

static int range_compare(const void *a, const void *b)
{
	const struct debug_range *x = a, *y = b;

	return (x->low > y->low) - (x->low < y->low);
}

static void ranges_order(struct debug_ranges *r)
{
	if (r->count)
		qsort(r->list, r->count, sizeof(*r->list), range_compare);
}

static const struct debug_range *ranges_find(const struct debug_ranges *r, Dwarf_Addr address)
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

static bool entry_is_type(Dwarf_Die *die)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_interface_type:
		return true;
	default:
		return false;
	}
}

static bool entry_is_space(Dwarf_Die *die)
{
	return dwarf_tag(die) == DW_TAG_namespace || dwarf_tag(die) == DW_TAG_module;
}

/* `types`: those among the children of `parent` may have functions with code. */
static void functions_list(struct debug_unit *u, Dwarf_Die *parent, bool types, int depth)
{
	Dwarf_Die child;

	if (depth == DEBUG_NESTING_MAX || dwarf_child(parent, &child) != 0)
		return;
	do {
		bool function = dwarf_tag(&child) == DW_TAG_subprogram;

		if (function)
			ranges_add(&u->functions, &child);
		if (function || dwarf_tag(&child) == DW_TAG_lexical_block)
			functions_list(u, &child, true, depth + 1);
		else if (entry_is_space(&child) || (types && entry_is_type(&child)))
			functions_list(u, &child, types, depth + 1);
	} while (dwarf_siblingof(&child, &child) == 0);
}

/* outer: the scope in which the entries below `parent` are; 0: the unit itself. */
static void scopes_list(struct debug_unit *u, Dwarf_Die *parent, Dwarf_Off outer, int depth)
{
	Dwarf_Die child;

	if (depth == DEBUG_NESTING_MAX || dwarf_child(parent, &child) != 0)
		return;
	do {
		bool scope = dwarf_tag(&child) == DW_TAG_subprogram || entry_is_type(&child) ||
			     entry_is_space(&child);
		struct debug_scope *added = NULL;

		if (scope && outer)
			added = measured_append(&u->scopes, &u->scopes_count, sizeof(*added));
		if (added)
			*added = (struct debug_scope){dwarf_dieoffset(&child), outer};
		if (scope || dwarf_tag(&child) == DW_TAG_lexical_block)
			scopes_list(u, &child, scope ? dwarf_dieoffset(&child) : outer, depth + 1);
	} while (dwarf_siblingof(&child, &child) == 0);
}

static struct debug_unit *unit_read(Dwarf_Die *die)
{
	struct debug_unit *u = calloc(1, sizeof(*u));
	Dwarf_Attribute folder;
	Dwarf_Die split;
	uint8_t type;

	if (!u)
		return NULL;
	u->die = u->contents = *die;
	if (dwarf_cu_info(die->cu, NULL, &type, NULL, &split, NULL, NULL, NULL) == 0 &&
		type == DW_UT_skeleton && dwarf_tag(&split) == DW_TAG_compile_unit)
		u->contents = split;
	u->language = debug_language(&u->contents);
	u->folder = debug_text(dwarf_attr(&u->die, DW_AT_comp_dir, &folder));
	functions_list(u, &u->contents, !debug_language_declares(u->language), 0);
	ranges_order(&u->functions);
	return u;
}

static struct debug_unit *unit_open(struct debug_units *units, Dwarf_Die *die)
{
	struct debug_unit **added;
	size_t index;

	if (table_get(&units->known, dwarf_dieoffset(die), &index))
		return units->opened[index];
	index = units->opened_count;
	added = measured_append(&units->opened, &units->opened_count, sizeof(*added));
	if (!added)
		return NULL;
	*added = unit_read(die);
	if (!*added)
		units->opened_count--;
	else /* without memory for this row it is read again */
		(void)table_set(&units->known, dwarf_dieoffset(die), index);
	return *added;
}

static void units_list(struct debug_units *units)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;

	units->listed = true;
	while (dwarf_get_units(units->dwarf, cu, &cu, NULL, NULL, &die, NULL) == 0)
		ranges_add(&units->ranges, &die);
	ranges_order(&units->ranges);
}

struct debug_unit *debug_units_at(struct debug_units *units, Dwarf_Addr address)
{
	const struct debug_range *found;
	Dwarf_Die die;

	if (dwarf_addrdie(units->dwarf, address, &die))
		return unit_open(units, &die);
	if (!units->listed)
		units_list(units);
	found = ranges_find(&units->ranges, address);
	return found && dwarf_offdie(units->dwarf, found->entry, &die) ? unit_open(units, &die)
								       : NULL;
}

struct debug_unit *debug_units_of(struct debug_units *units, Dwarf_Die *entry)
{
	Dwarf_Die die;

	/* Entries of another file (.dwo, dwz) have offsets that mean something else here. */
	if (dwarf_cu_getdwarf(entry->cu) != units->dwarf || !dwarf_diecu(entry, &die, NULL, NULL))
		return NULL;
	return unit_open(units, &die);
}

bool debug_unit_function(const struct debug_unit *u, Dwarf_Addr address, Dwarf_Die *ret)
{
	const struct debug_range *found = ranges_find(&u->functions, address);

	return found && dwarf_offdie(dwarf_cu_getdwarf(u->contents.cu), found->entry, ret);
}

static int scope_compare(const void *a, const void *b)
{
	const struct debug_scope *x = a, *y = b;

	return (x->entry > y->entry) - (x->entry < y->entry);
}

bool debug_unit_outer(struct debug_unit *u, Dwarf_Die *entry, Dwarf_Die *ret)
{
	const struct debug_scope key = {.entry = dwarf_dieoffset(entry)}, *found = NULL;

	if (!u->scopes_listed)
		scopes_list(u, &u->contents, 0, 0);
	u->scopes_listed = true;
	if (u->scopes_count)
		found = bsearch(&key, u->scopes, u->scopes_count, sizeof(key), scope_compare);
	return found && dwarf_offdie(dwarf_cu_getdwarf(u->contents.cu), found->outer, ret);
}
