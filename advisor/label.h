/*
 * label: the report's names in words for a person. A name that none is known for stands for itself.
 */
#ifndef CONCADVISE_LABEL_H
#define CONCADVISE_LABEL_H

/* All borrowed, from the table or from the name that was given. */

/* "cpu, user" of "cpu_user". */
const char *label_state(const char *state);

/* "event loop" of "event-loop". */
const char *label_model(const char *model);

/* As its makers write it: "CPython" of "cpython". */
const char *label_runtime(const char *runtime);

/* What its users call its global lock: "GIL", "GVL". */
const char *label_runtime_lock(const char *runtime);

/* What binds a model in that runtime: "CPUs" of "cores", "GIL" of "interpreter-lock". */
const char *label_limit(const char *limit, const char *runtime);

/* The last part of a path. */
const char *label_base_name(const char *path);

#endif
