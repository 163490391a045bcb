/*
 * callsite: a chain of calls as the reader should see it, and the line that stands out in it.
 *
 * Folded away are the C library's wrappers at the innermost end, the interpreter's own functions
 * where frames of its language are known, the import machinery, and what starts a program or a
 * thread. What stays is told apart by whose code it is; the innermost frame of the user's own
 * stands out, else the innermost one of a package, else of any library. See callsite_table.c.
 */
#ifndef CONCADVISE_CALLSITE_H
#define CONCADVISE_CALLSITE_H

#include <stddef.h>

struct callsite;
struct measured_frame;
struct measurement;
struct profile;
struct profile_site;

/* Fills p->callsites. Returns 0 or -ENOMEM. */
int callsite_fill(struct profile *p);
void callsite_clear(struct callsite *c);

/* The frame that stands out in a stack; NULL: nothing is known (also for MEASURED_NONE). */
const struct measured_frame *callsite_frame(const struct profile *p, size_t stack);

/*
 * The last parts of a path that tell it from those of all other frames: "app.py", and
 * "db/pool.py" where there is a "net/pool.py" too. Points into the path.
 */
const char *callsite_short_path(const struct measurement *m, const char *path);

/*
 * A frame in one line: "app.py:14 fetch_data", "work (xz)" without debug information, "xz+0x1a2b"
 * without a name. malloc'ed; NULL: out of memory.
 */
char *callsite_frame_text(const struct measurement *m, const struct measured_frame *f);

/* The line that stands out in a stack, in the same words; NULL: not known. */
char *callsite_text(const struct profile *p, size_t stack);

/* The same of a site: "xz, whose functions have no names" where that is all. NULL: not known. */
char *callsite_site_text(const struct profile *p, const struct profile_site *s);

#endif
