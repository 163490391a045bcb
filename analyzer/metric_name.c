/*
 * metric_name: finds a metric by its name, or the one that a misspelt name most likely meant.
 */
#include "metric.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NAME_LENGTH_MAX 128 /* of a misspelt name, what is compared */

static int name_compare(const void *name, const void *row)
{
	return strcmp(name, ((const struct metric *)row)->name);
}

const struct metric *metric_find(const char *name)
{
	size_t count;
	const struct metric *all = metric_all(&count);

	return bsearch(name, all, count, sizeof(*all), name_compare);
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t d = a < b ? a : b;

	return d < c ? d : c;
}

/* Levenshtein's distance, one row of the matrix at a time. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[NAME_LENGTH_MAX + 1];
	size_t length = strnlen(a, NAME_LENGTH_MAX);

	for (size_t i = 0; i <= length; i++)
		row[i] = i;
	for (size_t j = 1; b[j - 1]; j++) {
		size_t diagonal = row[0];

		row[0] = j;
		for (size_t i = 1; i <= length; i++) {
			size_t above = row[i];

			row[i] =
				least(above + 1, row[i - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[length];
}

const char *metric_nearest(const char *name)
{
	size_t count, best = SIZE_MAX;
	const struct metric *all = metric_all(&count);
	const char *nearest = all[0].name;

	for (size_t i = 0; i < count; i++) {
		size_t distance = edit_distance(name, all[i].name);

		if (distance < best) {
			best = distance;
			nearest = all[i].name;
		}
	}
	return nearest;
}
