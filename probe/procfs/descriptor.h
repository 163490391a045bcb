/*
 * descriptor: from a process's file descriptor to the kernel side's description of a file, by the
 * link /proc/PID/fd/N.
 */
#ifndef CONCADVISE_DESCRIPTOR_H
#define CONCADVISE_DESCRIPTOR_H

#include "probe/bpf/wire.h"
#include "probe/table.h"

#include <stdbool.h>

struct descriptors;

/* NULL when out of memory. */
struct descriptors *descriptors_new(void);
void descriptors_free(struct descriptors *d);

/*
 * What a descriptor stands for. Returns the file's identity, 0 if that cannot be read, and true in
 * ret_new with its description (all but its header) if it was not described before.
 */
__u64 descriptor_read(struct descriptors *d, int pid, int fd, bool *ret_new, struct wire_file *ret);

/* The description of a link's text and of what stat() and statfs() say; sockets further by their
 * table. */
void descriptor_describe(const char *link, __u64 fs_magic, struct wire_file *file);

#endif
