/*
 * go_module: moduledata, the record that a Go program's runtime has of the program.
 */
#ifndef CONCADVISE_GO_MODULE_H
#define CONCADVISE_GO_MODULE_H

#include <stdbool.h>
#include <stdint.h>

struct image;

struct go_module {
	uint64_t text;  /* where Go's code begins, from which its tables count addresses */
	uint64_t trees; /* from what they count descriptions of inlined functions; 0: not known */
};

/*
 * Of the program whose table of functions, and the names in it, are at these addresses as linked.
 * False: there is no such record.
 */
bool go_module_read(const struct image *i, uint64_t table, uint64_t names, bool since_1_20,
	struct go_module *ret);

#endif
