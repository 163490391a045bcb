/*
 * code: whose code a frame is: the user's own, a package's, a library's, or machinery.
 *
 * Told from what is recorded of the frame, by a table of reasons.
 */
#ifndef CONCADVISE_CODE_H
#define CONCADVISE_CODE_H

#include <stdbool.h>

struct measured_frame;
struct measurement;

/* From the most to the least worth showing. */
enum code {
	CODE_OWN,       /* the program's */
	CODE_PACKAGE,   /* installed for it: site-packages, node_modules, crates */
	CODE_LIBRARY,   /* an interpreted language's standard library, Go's */
	CODE_RUNTIME,   /* the runtime's own functions, in its own file */
	CODE_SYSTEM,    /* native libraries: the system's, C++'s, Rust's */
	CODE_GENERATED, /* code that a runtime runs, without a name */
	CODE_ENGINE,    /* of the runtime, what runs the code */
	CODE_WRAPPER,   /* the C library's */
	CODE_START,     /* what starts a program or a thread */
	CODE_IMPORT,    /* an interpreter's import machinery */
	CODE_COUNT
};

enum code code_of_frame(const struct measurement *m, const struct measured_frame *f);

/* It lies in a C library's own file. */
bool code_is_c_library(const struct measured_frame *f);

/*
 * In a program that is linked statically the C library lies in the program's own file: there it is
 * told by the names that the C standard keeps for it, and by those of POSIX that wait or copy. Only
 * for frames of whose source nothing is known.
 */
bool code_is_static_wrapper(const struct measured_frame *f);

/* A loop that calls what is ready: who called it did not call what runs in it. */
bool code_is_loop(const struct measured_frame *f);

#endif
