/*
 * short_path: the last parts of a source file's path, enough to tell it from the others.
 */
#ifndef CONCADVISE_SHORT_PATH_H
#define CONCADVISE_SHORT_PATH_H

#include <stddef.h>

/* A path and where its short form begins in it. */
struct short_path {
	const char *path; /* borrowed */
	const char *name;
};

/*
 * Sorts the rows, drops equal paths, and fills in the names of the rest: "app.py", and "db/pool.py"
 * beside "net/pool.py"; names that say nothing by themselves ("__init__.py") come with their
 * folder. Returns how many rows are left.
 */
size_t short_paths_fill(struct short_path *paths, size_t count);

/* The name of a path among filled rows; NULL: it is not there. */
const char *short_path_find(const struct short_path *paths, size_t count, const char *path);

/* A library's file by its place in the library: "json/encoder.py". */
const char *short_path_library(const char *path);

/* The last `parts` parts of a path: "json/encoder.py" for two. */
const char *short_path_last(const char *path, unsigned int parts);

#endif
