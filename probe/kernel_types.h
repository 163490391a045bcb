/*
 * kernel_types: of the kernel's own types, those that the programs look into.
 *
 * A kernel tells of some hundred thousand; libbpf would copy all of them twice and compare each
 * with every one that is looked for, which takes longer than all else at the start.
 */
#ifndef CONCADVISE_KERNEL_TYPES_H
#define CONCADVISE_KERNEL_TYPES_H

#include <stddef.h>
#include <stdint.h>

struct btf;

/* A type that is asked for by its name; id 0: the kernel has none of that kind. */
struct kernel_type {
	const char *name;
	uint32_t kind; /* BTF_KIND_* */
	uint32_t id;
};

/*
 * Fills in the ids of `asked`, and writes to a descriptor, as BTF, the structures and unions that
 * `wanted` has too by name (what follows "___" is not part of one): their members are as in the
 * kernel, but what they point to is void, and what lies in them and is not wanted has no members.
 * Negative errno; -EPROTO: the kernel's types are of a form that is not known.
 */
int kernel_types_write(
	const struct btf *wanted, struct kernel_type *asked, size_t asked_count, int to);

/* The same from BTF in memory. */
int kernel_types_write_from(const void *bytes, size_t size, const struct btf *wanted,
	struct kernel_type *asked, size_t asked_count, int to);

#endif
