/*
 * callsite: a chain of calls as the reader should see it, and the line that stands out in it.
 *
 * Folded away are the C library's wrappers at the inner end, the interpreter's own functions where
 * frames of its language are known, the import machinery, and what starts a program or a thread.
 * Of what stays, the innermost frame of the user's own code stands out, else the innermost one of a
 * package, else of any library. See code.h.
 */
#ifndef CONCADVISE_CALLSITE_H
#define CONCADVISE_CALLSITE_H

#include <stdbool.h>
#include <stddef.h>

struct meaning;
struct measured_frame;
struct profile;
struct profile_site;

/* Fills p->frames and p->callsites. Returns 0 or -ENOMEM. */
int callsite_fill(struct profile *p, const struct meaning *x);
void callsites_free(struct profile *p);

/* The frame that stands out in a stack; MEASURED_NONE: nothing is known (also of MEASURED_NONE). */
size_t callsite_line(const struct profile *p, size_t stack);

/*
 * Orders stacks by that line; 0: it is the same one. Of functions without names, where they lie is
 * their line; by_module, the whole module is. What is not known comes last.
 */
int callsite_compare(const struct profile *p, size_t a, size_t b, bool by_module);

/* The innermost frame of a stack, but for what is folded away; NULL: nothing is known. */
const struct measured_frame *callsite_innermost(const struct profile *p, size_t stack);

/* Orders frames by function, and those of one name by module. */
int callsite_function_compare(const struct measured_frame *a, const struct measured_frame *b);

/* The line that stands out in a stack, in the words of line.h. malloc'ed; NULL: not known. */
char *callsite_text(const struct profile *p, size_t stack);

/* The same of a site; where no function of a module is known, the module's name. NULL: not known.
 */
char *callsite_site_text(const struct profile *p, const struct profile_site *s);

#endif
