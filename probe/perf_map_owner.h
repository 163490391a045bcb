/*
 * perf_map_owner: the process that writes a perf map, and where that map is.
 */
#ifndef CONCADVISE_PERF_MAP_OWNER_H
#define CONCADVISE_PERF_MAP_OWNER_H

#include <sys/types.h>

struct perf_map_owner {
	int pid;
	int inner_pid; /* in its own PID namespace; 0: it was never seen alive */
	uid_t uid;
	double began; /* wall clock */
	int folder;   /* its /tmp, where that is not ours; -1: it is */
};

/* While the process lives. To be freed. */
void perf_map_owner_note(struct perf_map_owner *o, int pid);
void perf_map_owner_free(struct perf_map_owner *o);

/*
 * Opens its map: in its own /tmp by its own pid, else in ours, where people put the maps of
 * containers, by ours. It is a regular file of the process's user or of root, and younger than the
 * process. -1: there is none.
 */
int perf_map_owner_open(const struct perf_map_owner *o, off_t *ret_size);

#endif
