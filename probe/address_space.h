/*
 * address_space: what one process has mapped where, as ranges that do not overlap.
 *
 * Ranges are put in the order of their own time: of two that overlap the later one holds, whichever
 * arrives first. Processes that have the same may share it.
 */
#ifndef CONCADVISE_ADDRESS_SPACE_H
#define CONCADVISE_ADDRESS_SPACE_H

#include <stddef.h>
#include <stdint.h>

struct module;

struct address_range {
	uint64_t start, end;
	uint64_t at_ns;
	uint64_t bias;         /* what was added to the addresses as linked */
	struct module *module; /* NULL: generated code */
};

struct address_space {
	size_t references;
	uint64_t since_ns; /* what was mapped before is not in it */
	struct address_range *ranges;
	size_t count;
};

/* With one reference. NULL when out of memory. */
struct address_space *address_space_new(uint64_t since_ns);
struct address_space *address_space_copy(const struct address_space *s);

/* Gives one reference back. */
void address_space_release(struct address_space *s);

/* Maps a range. 0 or -ENOMEM. Pointers to its ranges are not valid afterwards. */
int address_space_put(struct address_space *s, const struct address_range *r);

/* NULL: nothing executable is there. */
const struct address_range *address_space_find(const struct address_space *s, uint64_t address);

#endif
