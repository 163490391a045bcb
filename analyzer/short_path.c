/*
 * short_path: paths in order of their ends, so that those that share the longest end are
 * neighbours.
 */
#include "short_path.h"

#include <stdlib.h>
#include <string.h>

/* Parts end where others go on: what ends with the same parts stands together. */
static int order_of(char c)
{
	return c == '/' ? 1 : (unsigned char)c + 1;
}

static int end_compare(const void *a, const void *b)
{
	const char *x = ((const struct short_path *)a)->path;
	const char *y = ((const struct short_path *)b)->path;
	size_t i = strlen(x), j = strlen(y);

	while (i > 0 && j > 0) {
		int difference = order_of(x[--i]) - order_of(y[--j]);

		if (difference != 0)
			return difference;
	}
	return (i > 0) - (j > 0);
}

const char *short_path_last(const char *path, unsigned int parts)
{
	const char *at = path + strlen(path);

	for (; at > path; at--)
		if (at[-1] == '/' && parts-- == 1)
			break;
	return at;
}

static unsigned int parts_least(const char *path)
{
	static const char *const empty[] = {
		"__init__.py", "__main__.py", "index.js", "index.mjs", "index.ts", "mod.rs"};
	const char *name = short_path_last(path, 1);

	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		if (strcmp(name, empty[i]) == 0)
			return 2;
	return 1;
}

const char *short_path_library(const char *path)
{
	static const char *const roots[] = {"/site-packages/", "/dist-packages/", "/node_modules/",
		"/lib/python", "/lib64/python", "/lib/pypy", "/lib/ruby/"};
	const char *root;

	if (strncmp(path, "node:", 5) == 0 || path[0] == '<')
		return path;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		root = strstr(path, roots[i]);
		if (!root)
			continue;
		root += strlen(roots[i]);
		if (root[-1] == '/')
			return root;
		/* "3.11/" behind the language's name. */
		root = strchr(root, '/');
		return root ? root + 1 : short_path_last(path, 2);
	}
	return short_path_last(path, 2);
}

/* How many last parts of two different paths agree. */
static unsigned int parts_shared(const char *a, const char *b)
{
	unsigned int parts = 0;

	while (strcmp(short_path_last(a, parts + 1), short_path_last(b, parts + 1)) == 0)
		parts++;
	return parts;
}

static unsigned int parts_enough(const struct short_path *paths, size_t count, size_t i)
{
	unsigned int parts = parts_least(paths[i].path), shared;

	for (size_t j = i > 0 ? i - 1 : i; j <= i + 1 && j < count; j++) {
		shared = j != i ? parts_shared(paths[i].path, paths[j].path) : 0;
		if (shared >= parts)
			parts = shared + 1;
	}
	return parts;
}

static size_t paths_merge(struct short_path *paths, size_t count)
{
	size_t merged = 0;

	if (count > 1)
		qsort(paths, count, sizeof(*paths), end_compare);
	for (size_t i = 0; i < count; i++)
		if (merged == 0 || end_compare(&paths[merged - 1], &paths[i]) != 0)
			paths[merged++] = paths[i];
	return merged;
}

size_t short_paths_fill(struct short_path *paths, size_t count)
{
	count = paths_merge(paths, count);
	for (size_t i = 0; i < count; i++)
		paths[i].name = short_path_last(paths[i].path, parts_enough(paths, count, i));
	return count;
}

const char *short_path_find(const struct short_path *paths, size_t count, const char *path)
{
	struct short_path wanted = {path, NULL};
	const struct short_path *row =
		count > 0 ? bsearch(&wanted, paths, count, sizeof(*paths), end_compare) : NULL;

	return row ? row->name : NULL;
}
