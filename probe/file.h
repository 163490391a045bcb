/*
 * file: from the kernel side's description of a file to a row of the measurement.
 *
 * Rows stand for what a person would name: connections to one address are one row whatever their
 * own port is, and so are those that clients open to one port of ours. That also bounds their
 * number.
 */
#ifndef CONCADVISE_FILE_H
#define CONCADVISE_FILE_H

#include "bpf/wire.h"
#include "table.h"

#include <stddef.h>
#include <stdint.h>

struct measurement;

struct files {
	struct table by_id;      /* the kernel side's identity -> row */
	struct table by_content; /* what the row says -> row */
	int port_low, port_high; /* ephemeral ports */
	uint64_t nameless;       /* descriptions for which there was no row of their own any more */
};

void files_init(struct files *f);
void files_free(struct files *f);

/* pid: whose descriptor it is, to ask for the full path. 0 or -ENOMEM. */
int files_add(struct files *f, struct measurement *m, const struct wire_file *w, int pid);

/* The row of an identity; MEASURED_NONE if it was never described. */
size_t files_find(const struct files *f, __u64 id);

#endif
