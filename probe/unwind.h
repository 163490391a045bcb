/*
 * unwind: registers and the top of a stack -> the chain of calls.
 *
 * By the call frame information that files carry (.eh_frame, .debug_frame); by frame pointers where
 * there is none, as in generated code. What the stack holds is not trusted: hostile bytes give a
 * wrong or short chain, no fault and no endless one.
 */
#ifndef CONCADVISE_UNWIND_H
#define CONCADVISE_UNWIND_H

#include "bpf/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct module;
struct modules;

struct unwind_input {
	int pid;
	struct wire_registers registers;
	uint64_t stack_start; /* at or below registers.sp */
	const void *stack;    /* what lies from there on */
	size_t stack_bytes;
};

/* address: as linked in a module; absolute where module is NULL (generated code). Of a caller it is
 * the return address minus one, which lies in the call. */
struct unwind_frame {
	struct module *module;
	uint64_t address;
};

/* Innermost first. Returns how many were written. Truncated: the outermost one was not reached. */
size_t unwind(struct modules *m, const struct unwind_input *in, struct unwind_frame *ret,
	size_t max, bool *ret_truncated);

#endif
