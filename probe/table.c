#include "table.h"

#include <errno.h>
#include <stdlib.h>

static struct table_entry *table_place(const struct table *t, uint64_t key)
{
	size_t at = table_mix(0, key) & (t->room - 1);

	while (t->entries[at].key && t->entries[at].key != key)
		at = (at + 1) & (t->room - 1);
	return &t->entries[at];
}

/* The free entries' mark is taken from the keys; the lowest bit gives way. */
static uint64_t key_valid(uint64_t key)
{
	return key ? key : 1;
}

bool table_get(const struct table *t, uint64_t key, size_t *ret)
{
	const struct table_entry *e = t->room ? table_place(t, key_valid(key)) : NULL;

	if (!e || !e->key)
		return false;
	*ret = e->value;
	return true;
}

static int table_grow(struct table *t)
{
	struct table larger = {.room = t->room ? 2 * t->room : 64};

	larger.entries = calloc(larger.room, sizeof(*larger.entries));
	if (!larger.entries)
		return -ENOMEM;
	for (size_t i = 0; i < t->room; i++)
		if (t->entries[i].key)
			*table_place(&larger, t->entries[i].key) = t->entries[i];
	larger.count = t->count;
	free(t->entries);
	*t = larger;
	return 0;
}

int table_set(struct table *t, uint64_t key, size_t value)
{
	struct table_entry *e;

	if (2 * t->count >= t->room) {
		int error = table_grow(t);

		if (error < 0)
			return error;
	}
	e = table_place(t, key_valid(key));
	t->count += !e->key;
	*e = (struct table_entry){.key = key_valid(key), .value = value};
	return 0;
}

/* Those behind it that would no longer be found move up: none may have a free place between where
 * it belongs and where it is. */
void table_remove(struct table *t, uint64_t key)
{
	struct table_entry *hole = t->room ? table_place(t, key_valid(key)) : NULL;
	size_t mask = t->room - 1;

	if (!hole || !hole->key)
		return;
	for (size_t at = (size_t)(hole - t->entries + 1) & mask; t->entries[at].key;
		at = (at + 1) & mask) {
		size_t belongs = table_mix(0, t->entries[at].key) & mask;
		size_t gap = (size_t)(hole - t->entries);

		if (((at - belongs) & mask) < ((at - gap) & mask))
			continue;
		*hole = t->entries[at];
		hole = &t->entries[at];
	}
	hole->key = 0;
	t->count--;
}

void table_free(struct table *t)
{
	free(t->entries);
	*t = (struct table){0};
}
