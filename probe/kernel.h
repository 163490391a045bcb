/*
 * kernel: what the running kernel has of that which measuring with eBPF needs.
 */
#ifndef CONCADVISE_KERNEL_H
#define CONCADVISE_KERNEL_H

#include <stdint.h>

struct btf;

/* One bit each, in what kernel_missing() answers. */
enum kernel_part {
	KERNEL_CAPABILITIES,
	KERNEL_PERMISSION, /* the capabilities are there, and bpf() refuses all the same */
	KERNEL_BTF,
	KERNEL_SWITCH_STATE,
	KERNEL_RUN_DELAY,
	KERNEL_RING,
	KERNEL_TASK_STORAGE,
	KERNEL_ITERATOR,
	KERNEL_READ_OTHERS,
	KERNEL_PARTS
};

/*
 * What bars the way from the start, a bit (1 << part) each: privileges, or a kernel without types.
 * Microseconds. With 0 the programs can be tried; if they do not load, kernel_missing() tells why.
 */
unsigned int kernel_barred(void);

/* All that is missing here; 0: eBPF can measure. Reads the kernel's types: tens of milliseconds. */
unsigned int kernel_missing(void);

/* The same of a kernel with these types (NULL: none are told) for who has these capabilities. */
unsigned int kernel_missing_from(const struct btf *types, uint64_t capabilities);

/* A noun for it. Static. */
const char *kernel_part_name(enum kernel_part part);

/* "no BTF (...): ...; ...": each missing part, what it costs and what to do. Of what follows from
 * another one only that is told. malloc'ed; NULL if nothing is missing or without memory. */
char *kernel_missing_words(unsigned int missing);

#endif
