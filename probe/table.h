/* table: from a 64-bit key to an index; open addressing, grows by doubling. Keys are hashed by the
 * caller's choice. */
#ifndef CONCADVISE_TABLE_H
#define CONCADVISE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table {
	struct table_entry {
		uint64_t key; /* 0: free */
		size_t value;
	} * entries;
	size_t room, count;
};

/* One more value into a running hash. */
static inline uint64_t table_mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL; /* 2^64 / golden ratio */
	return hash ^ (hash >> 29);
}

bool table_get(const struct table *t, uint64_t key, size_t *ret);

/* Adds or replaces. 0 or -ENOMEM. */
int table_set(struct table *t, uint64_t key, size_t value);

/* Nothing, if it is not there. */
void table_remove(struct table *t, uint64_t key);

void table_free(struct table *t);

#endif
