/*
 * mapping: what processes map executable, files and generated code, as they map it.
 *
 * Read from perf's mmap2 records, which exist for the shortest-lived process too, and from
 * /proc/PID/maps for processes that ran already.
 */
#ifndef CONCADVISE_MAPPING_H
#define CONCADVISE_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mapping {
	int pid; /* in our PID namespace */
	uint64_t start, length, offset;
	uint32_t major, minor;
	uint64_t inode;
	uint64_t at_ns; /* CLOCK_MONOTONIC */
	bool executes;  /* no mapping: the process executes a file, and what it had mapped is gone.
			   Only pid and at_ns are set; path is "" */
	const char *path; /* as the process sees it; valid during the call only. "[vdso]"; not a
			     file: "//anon" and other names without a single slash in front */
};

typedef void (*mapping_fn)(void *context, const struct mapping *m);

struct mapping_watch;

/* Watches all CPUs. Negative errno. */
int mapping_watch_open(struct mapping_watch **ret);
void mapping_watch_free(struct mapping_watch *w);

/* Readable when there is something new; one descriptor per CPU. Borrowed. */
const int *mapping_watch_fds(const struct mapping_watch *w, size_t *ret_count);

/* Calls fn for every new record. Returns how many records the kernel had to drop. */
uint64_t mapping_watch_read(struct mapping_watch *w, mapping_fn fn, void *context);

/* The same for records up to a time (CLOCK_MONOTONIC); later ones stay where they are. Cheap when
 * there are none. */
uint64_t mapping_watch_read_until(
	struct mapping_watch *w, uint64_t until_ns, mapping_fn fn, void *context);

/* Calls fn for every executable mapping of a process that runs. Negative errno (-ENOENT: it is
 * gone). */
int mapping_scan(int pid, mapping_fn fn, void *context);

#endif
