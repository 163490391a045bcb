/*
 * metric_name: finds a metric by its name, or the one that a misspelt name most likely meant.
 */
#include "metric.h"

#include <stdint.h>
#include <string.h>

#define NAME_LENGTH_MAX 128 /* of a misspelt name, what is compared */

const struct metric *metric_find(const char *name)
{
	const struct metric *metric;

	for (size_t i = 0; (metric = metric_at(i)); i++)
		if (strcmp(metric->name, name) == 0)
			return metric;
	return NULL;
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
	const char *nearest = metric_at(0)->name;
	const struct metric *metric;
	size_t best = SIZE_MAX;

	for (size_t i = 0; (metric = metric_at(i)); i++) {
		size_t distance = edit_distance(name, metric->name);

		if (distance < best) {
			best = distance;
			nearest = metric->name;
		}
	}
	return nearest;
}
