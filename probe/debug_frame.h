/*
 * debug_frame: a file's .debug_frame, by itself.
 *
 * libdw reads all debug information of a file into memory when asked for any of it: gigabytes, in
 * large programs. So it is given a file that has this one section only.
 */
#ifndef CONCADVISE_DEBUG_FRAME_H
#define CONCADVISE_DEBUG_FRAME_H

struct Dwarf_CFI_s;
struct debug_frame;
struct image;

/* Copies the section. NULL: there is none. */
struct debug_frame *debug_frame_new(const struct image *i);
void debug_frame_free(struct debug_frame *f);

/* For dwarf_cfi_addrframe(). Borrowed; NULL: it could not be read. */
struct Dwarf_CFI_s *debug_frame_cfi(struct debug_frame *f);

#endif
