/*
 * text_site: the section that says where in the program its time goes.
 *
 * Waits and computing side by side, by line: what is told of a line comes from all rows that it is
 * in, so that a hundred connections of one call are one thing to read. Where a loop waits for
 * events is where it should.
 */
#include "text_section.h"

#include "label.h"
#include "page.h"
#include "place.h"
#include "quantity.h"
#include "report_line.h"
#include "value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Less than this is noise beside a sample's own. */
#define SHARE_SHOWN 0.01
#define ROWS_SHOWN 6
#define WHAT_COLUMN 34
#define WHAT_ROOM 74  /* columns that it takes to stand there */
#define WHAT_INDENT 4 /* else it is on a line of its own */

struct site_row {
	char *line;
	const char *what; /* a state, or computing; borrowed */
	char *waits;      /* NULL: it computes, or it is several rows */
	double total_s;
};

struct site_rows {
	struct site_row *rows;
	size_t count;
};

static void rows_clear(struct site_rows *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->rows[i].line);
		free(r->rows[i].waits);
	}
	free(r->rows);
}

static size_t sites_most(struct json_object *report)
{
	size_t most = value_count(report, "cpu_sites");

	for (size_t i = 0; i < value_count(report, "waits"); i++)
		most += value_count(value_element(report, "waits", i), "sites");
	return most;
}

static struct site_row *row_of(struct site_rows *r, char *line, const char *what)
{
	for (size_t i = 0; i < r->count; i++) {
		struct site_row *row = &r->rows[i];

		if (strcmp(row->what, what) != 0 || strcmp(row->line, line) != 0)
			continue;
		free(line);
		free(row->waits);
		row->waits = NULL;
		return row;
	}
	r->rows[r->count] = (struct site_row){.line = line, .what = what};
	return &r->rows[r->count++];
}

/* NULL: the line is not known. */
static struct site_row *site_add(struct site_rows *r, struct json_object *site, const char *what)
{
	char *line = report_line_text(site);
	struct site_row *row = line ? row_of(r, line, what) : NULL;
	double total_s = value_number(site, "total_s");

	if (row && total_s > 0)
		row->total_s += total_s;
	return row;
}

static void waits_add(struct site_rows *r, struct json_object *wait)
{
	const char *what = label_state(value_words(wait, "state"));

	for (size_t i = 0; i < value_count(wait, "sites"); i++) {
		struct json_object *site = value_element(wait, "sites", i);
		size_t before = r->count;
		struct site_row *row = site_add(r, site, what);

		if (row && r->count > before)
			row->waits = place_waits_text("wait", value_number(site, "count"),
				row->total_s);
	}
}

static int row_compare(const void *a, const void *b)
{
	const struct site_row *x = a, *y = b;

	return (x->total_s < y->total_s) - (x->total_s > y->total_s);
}

static int rows_gather(struct site_rows *ret, struct json_object *report)
{
	*ret = (struct site_rows){.rows = calloc(sites_most(report) + 1, sizeof(*ret->rows))};
	if (!ret->rows)
		return -1;
	for (size_t i = 0; i < value_count(report, "waits"); i++) {
		struct json_object *wait = value_element(report, "waits", i);

		if (!value_is_true(wait, "idle") && strcmp(value_words(wait, "state"), "poll") != 0)
			waits_add(ret, wait);
	}
	for (size_t i = 0; i < value_count(report, "cpu_sites"); i++)
		site_add(ret, value_element(report, "cpu_sites", i), "computing");
	qsort(ret->rows, ret->count, sizeof(*ret->rows), row_compare);
	return 0;
}

static void row_write(struct page *page, const struct site_row *row, double busy_s)
{
	int column = page->style.width < WHAT_ROOM ? WHAT_INDENT : WHAT_COLUMN;

	page_tab(page, 2);
	page_print(page, INK_PLAIN, "%s", row->line);
	if (page->column >= column)
		page_newline(page);
	page_tab(page, column);
	page_print(page, INK_DIM, "%s", row->what);
	if (row->waits)
		page_print(page, INK_DIM, ": %s", row->waits);
	page_right(page, INK_PLAIN, quantity_of(fmin(1, row->total_s / busy_s), "share").text);
	page_newline(page);
}

void section_sites(struct page *page, struct json_object *report)
{
	double busy_s = value_number(report, "time.busy_total_s");
	struct site_rows rows;
	size_t shown = 0;

	if (!(busy_s > 0) || rows_gather(&rows, report))
		return;
	for (size_t i = 0; i < rows.count; i++) {
		const struct site_row *row = &rows.rows[i];

		if (page->style.verbosity <= 0 &&
			(shown >= ROWS_SHOWN || row->total_s < SHARE_SHOWN * busy_s))
			break;
		if (shown++ == 0)
			page_heading(page, "Where in the program", "of that time");
		row_write(page, row, busy_s);
	}
	rows_clear(&rows);
}
