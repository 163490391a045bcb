/*
 * output: a file that appears whole or not at all.
 *
 * A regular file is written beside its place and renamed when it is complete, so that a full disk
 * does not cost the old one. A FIFO, a device or "-" is written directly.
 */
#ifndef CONCADVISE_OUTPUT_H
#define CONCADVISE_OUTPUT_H

#include <stdio.h>

struct output {
	FILE *to;
	char *path;      /* where it shall appear; NULL: written directly */
	char *temporary; /* where it is written meanwhile */
};

/* Whether a file could be written there, before a long run is spent on it. 0 or a negative errno.
 */
int output_check(const char *path);

/* Opens path; "-" is standard output, NULL the stream `otherwise`. 0 or a negative errno. */
int output_open(const char *path, FILE *otherwise, struct output *ret);

/*
 * Completes it: writes out what is buffered, and puts the file in its place. On failure returns a
 * negative errno and leaves what was there before. Frees the output either way.
 */
int output_close(struct output *o);

/* Gives up: nothing appears. */
void output_discard(struct output *o);

#endif
