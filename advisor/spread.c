/*
 * spread: rows of runs, and the range of what they show.
 */
#include "spread.h"

#include "figure.h"
#include "json.h"
#include "quantity.h"
#include "value.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct json_object *speedups_json(struct json_object *report)
{
	struct json_object *o = json_object_new_object();

	for (size_t i = 0; i < value_count(report, "predictions"); i++) {
		struct json_object *row = value_element(report, "predictions", i);

		json_add_number(o, value_words(row, "model"), value_number(row, "speedup"));
	}
	return o;
}

/* A key of the row is one of the report. */
static void take(
	struct json_object *row, const char *key, struct json_object *report, const char *path)
{
	json_object_object_add(row, key, json_object_get(value_at(report, path)));
}

struct json_object *spread_row(struct json_object *report)
{
	struct json_object *row = json_object_new_object();
	size_t count;
	const struct figure *figures = figure_all(&count);

	for (size_t i = 0; i < count; i++)
		json_add_number(row, figures[i].key, figures[i].of(report));
	take(row, "exit_status", report, "target.exit_status");
	take(row, "class", report, "diagnosis.class");
	take(row, "action", report, "recommendation.action");
	take(row, "model", report, "recommendation.model");
	take(row, "workers", report, "recommendation.workers");
	take(row, "expected_speedup", report, "recommendation.expected_speedup");
	json_object_object_add(row, "speedups", speedups_json(report));
	return row;
}

/* Numbers ascending, what is not known last. */
static int number_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	if (isnan(x) || isnan(y))
		return isnan(x) - isnan(y);
	return (x > y) - (x < y);
}

size_t spread_median(struct json_object *rows)
{
	size_t count = value_count(rows, "");

	for (size_t i = 0; i < count; i++) {
		double wall_s = value_number(value_element(rows, "", i), "wall_s");
		size_t before = 0;

		for (size_t j = 0; j < count; j++) {
			double other_s = value_number(value_element(rows, "", j), "wall_s");

			before += other_s < wall_s || (other_s == wall_s && j < i);
		}
		if (before == (count - 1) / 2)
			return i;
	}
	return 0;
}

/* {"min", "median", "max"} of what is known; null if nothing is. */
static struct json_object *range_json(struct json_object *rows, const char *key)
{
	size_t count = value_count(rows, ""), known = 0;
	double *numbers = calloc(count + 1, sizeof(*numbers));
	struct json_object *o = NULL;

	for (size_t i = 0; numbers && i < count; i++) {
		numbers[i] = value_number(value_element(rows, "", i), key);
		known += isfinite(numbers[i]);
	}
	if (numbers && known > 0) {
		qsort(numbers, count, sizeof(*numbers), number_compare);
		o = json_object_new_object();
		json_add_number(o, "min", numbers[0]);
		json_add_number(o, "median", (numbers[(known - 1) / 2] + numbers[known / 2]) / 2);
		json_add_number(o, "max", numbers[known - 1]);
	}
	free(numbers);
	return o;
}

static bool is_same_verdict(struct json_object *a, struct json_object *b)
{
	static const char *const keys[] = {"class", "action", "model"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(value_words(a, keys[i]), value_words(b, keys[i])) != 0)
			return false;
	return true;
}

struct json_object *spread_json(struct json_object *rows)
{
	struct json_object *o = json_object_new_object();
	size_t count, median = spread_median(rows), agreeing = 0;
	const struct figure *figures = figure_all(&count);

	for (size_t i = 0; i < value_count(rows, ""); i++)
		agreeing += is_same_verdict(
			value_element(rows, "", i), value_element(rows, "", median));
	json_add_count(o, "count", value_count(rows, ""));
	json_add_count(o, "median", median);
	json_add_count(o, "agreeing", agreeing);
	for (size_t i = 0; i < count; i++)
		json_object_object_add(o, figures[i].key, range_json(rows, figures[i].key));
	json_object_object_add(o, "expected_speedup", range_json(rows, "expected_speedup"));
	json_object_object_add(o, "rows", json_object_get(rows));
	return o;
}

static void verdicts_write(FILE *to, struct json_object *spread)
{
	size_t count = value_count(spread, "rows");
	struct json_object *median =
		value_element(spread, "rows", (size_t)value_whole(spread, "median"));

	if (value_number(spread, "agreeing") == (double)count) {
		fputs("; all have this verdict", to);
		return;
	}
	fprintf(to, "; %.0f of them have this verdict", value_number(spread, "agreeing"));
	for (size_t i = 0; i < count; i++) {
		struct json_object *row = value_element(spread, "rows", i);

		if (!is_same_verdict(row, median))
			fprintf(to, ", run %zu: %s %s", i + 1, value_words(row, "action"),
				value_words(row, "model"));
	}
}

char *spread_text(struct json_object *spread)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	fprintf(to, "The median of %zu runs: %s to %s", value_count(spread, "rows"),
		quantity_of(value_number(spread, "wall_s.min"), "s").text,
		quantity_of(value_number(spread, "wall_s.max"), "s").text);
	if (value_at(spread, "expected_speedup"))
		fprintf(to, ", %s to %s faster",
			quantity_of(value_number(spread, "expected_speedup.min"), "x").text,
			quantity_of(value_number(spread, "expected_speedup.max"), "x").text);
	verdicts_write(to, spread);
	fputc('.', to);
	fclose(to);
	return text;
}
