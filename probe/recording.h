/*
 * recording: a measurement as a JSON file, versioned, described in docs/recording.md.
 *
 * Reading trusts nothing: sizes, indexes and ranges are checked, and a file that is not one of ours
 * is refused with the place and the reason.
 */
#ifndef CONCADVISE_RECORDING_H
#define CONCADVISE_RECORDING_H

#include <stddef.h>
#include <stdio.h>

struct measurement;

/* Writes to an open stream and flushes it. Returns 0 or a negative errno (a full disk is -ENOSPC).
 */
int recording_write(const struct measurement *m, FILE *to);

/* On failure returns a negative errno and sets ret_reason (malloc'ed, may be NULL when out of
 * memory). */
int recording_read(const char *path, struct measurement **ret_measurement, char **ret_reason);

/* The same from memory; the buffer need not end in NUL. This is what the fuzzer drives. */
int recording_parse(
	const char *text, size_t size, struct measurement **ret_measurement, char **ret_reason);

#endif
