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

#define FILES_MAX 4096 /* rows with a name of their own; further ones share rows */
/* Identities of one row that are kept for good, and of all others in either generation. */
#define IDENTITIES_OWN 16
#define IDENTITIES_RECENT 8192

/*
 * Identities are never used again, so those of files that are gone would fill any memory. Where few
 * are of one row, they are kept; of those of a row that ever new files share, the recent ones are.
 */
struct files {
	struct table by_id;                  /* the kernel side's identity -> row */
	struct table recent, older;          /* the same */
	unsigned char identities[FILES_MAX]; /* of each row, in by_id */
	struct table by_content;             /* what the row says -> row */
	struct table shares;                 /* row -> the one that it shares with others */
	int port_low, port_high;             /* ephemeral ports */
	uint64_t nameless;  /* descriptions for which there was no row of their own any more */
	uint64_t forgotten; /* waits for a file whose identity is not kept any more */
};

void files_init(struct files *f);
void files_free(struct files *f);

/* pid: whose descriptor it is, to ask for the full path. 0 or -ENOMEM. */
int files_add(struct files *f, struct measurement *m, const struct wire_file *w, int pid);

/* The row of an identity; MEASURED_NONE if it was never described, or long ago. */
size_t files_find(struct files *f, __u64 id);

/* The row that a file shares with others of its folder, or a socket with others to this machine or
 * to one port, to have fewer; those that follow on each other have different ones. What has neither
 * a path nor a port has its own. */
size_t files_share(struct files *f, struct measurement *m, size_t row);

#endif
