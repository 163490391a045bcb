/*
 * report_folded: chains of calls as "outermost;...;innermost microseconds", a line each: what
 * flamegraph.pl, inferno, speedscope and others draw flame graphs of.
 *
 * The first frame tells what the time was (computing, waiting, idle), so that `grep ^waiting` is a
 * flame graph of waiting.
 */
#include "format.h"

#include "stack_row.h"
#include "value.h"

#include <json-c/json.h>
#include <math.h>
#include <stdbool.h>

struct line {
	FILE *to;
	bool begun;
};

/* Semicolons part frames. */
static int frame_put(void *context, const struct stack_frame *frame)
{
	struct line *line = context;

	if (line->begun)
		fputc(';', line->to);
	line->begun = true;
	for (const char *at = frame->name; *at; at++)
		fputc(*at == ';' ? ':' : *at, line->to);
	return 0;
}

static int row_put(struct json_object *row, FILE *to)
{
	double weight_us = round(value_number(row, "weight_s") * 1e6);
	struct line line = {.to = to};
	int error;

	if (!(weight_us >= 1))
		return 0;
	error = stack_row_walk(row, true, frame_put, &line);
	fprintf(to, " %.0f\n", weight_us);
	return error;
}

int report_folded_write(struct json_object *report, const struct style *style, FILE *to)
{
	int error = 0;

	(void)style;
	for (size_t i = 0; i < value_count(report, "stacks") && !error; i++)
		error = row_put(value_element(report, "stacks", i), to);
	return error;
}
