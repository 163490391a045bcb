/*
 * subject: what the advice is about: the process that does most of the work, and its runtime.
 */
#ifndef CONCADVISE_SUBJECT_H
#define CONCADVISE_SUBJECT_H

#include <stddef.h>

struct measured_runtime;
struct profile;

/* Index into the measurement's processes; MEASURED_NONE when there is none. */
size_t subject_process(const struct profile *p);

/* NULL: native code. Borrowed. */
const struct measured_runtime *subject_runtime(const struct profile *p);

/* "cpython", "native". Borrowed. */
const char *subject_runtime_name(const struct profile *p);

#endif
