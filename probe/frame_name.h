/*
 * frame_name: raw frames -> what people call them: function, file, line.
 *
 * By the files' symbols and debug information, and by the maps of runtimes that generate code. What
 * has no name stays a place: a module and an offset in it.
 */
#ifndef CONCADVISE_FRAME_NAME_H
#define CONCADVISE_FRAME_NAME_H

#include <stddef.h>
#include <stdint.h>

struct frame_names;
struct measurement;
struct modules;
struct raw_frames;

/* Which rows of the measurement's frames a raw frame became: several where functions are inlined,
 * the innermost one first. */
struct frame_rows {
	size_t first, count;
};

/* modules: borrowed. NULL when out of memory. */
struct frame_names *frame_names_new(struct modules *modules);
void frame_names_free(struct frame_names *n);

/* A process runs generated code: while it lives, where its map will be is found out. */
void frame_names_expect(struct frame_names *n, int pid);

/* Adds the frames to the measurement. ret_rows: malloc'ed, one for each raw frame. 0 or -ENOMEM. */
int frame_names_give(struct frame_names *n, const struct raw_frames *frames, struct measurement *m,
	struct frame_rows **ret_rows);

/* See stacks_variable(). */
char *frame_names_variable(struct frame_names *n, int pid, uint64_t address);

#endif
