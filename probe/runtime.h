/*
 * runtime: which language runtime a mapped file is, told from its symbols and sections, never from
 * its name alone: a Python inside another program, static, renamed or stripped is found all the
 * same.
 */
#ifndef CONCADVISE_RUNTIME_H
#define CONCADVISE_RUNTIME_H

#include "bpf/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct mapping;
struct runtime_cache;

/* A runtime as it lies in one process. Borrowed from the cache, but for the addresses. */
struct runtime_found {
	const char *name;
	const char *version; /* NULL: not known */
	bool global_lock;
	uint64_t lock_start, lock_end; /* every futex word of the lock is in here; 0: not known */
	bool gil_known;                /* where CPython keeps the state of its GIL */
	struct wire_gil gil;
	bool python_known; /* where CPython keeps its threads' frames */
	struct wire_python python;
};

struct runtime_cache *runtime_cache_new(void);
void runtime_cache_free(struct runtime_cache *c);

/* True if the mapped file is a runtime. Each file is looked into once, by device and inode. */
bool runtime_find(struct runtime_cache *c, const struct mapping *m, struct runtime_found *ret);

#endif
