/*
 * spread: what differs between several runs of one command: the "runs" of a report.
 */
#ifndef CONCADVISE_SPREAD_H
#define CONCADVISE_SPREAD_H

#include <stddef.h>
#include <stdio.h>

struct json_object;

/* One run, told from its report: its figures (figure.h), its verdict, its predictions. The caller
 * owns it. */
struct json_object *spread_row(struct json_object *report);

/* The run with the median wall time, the shorter of two; 0 of none. */
size_t spread_median(struct json_object *rows);

/* Of all runs: {"count", "median", "agreeing", a range of every figure, "rows"}. It shares rows;
 * the caller owns it. */
struct json_object *spread_json(struct json_object *rows);

/* In one sentence, malloc'ed; NULL: out of memory. */
char *spread_text(struct json_object *spread);

#endif
