/*
 * text_site: the section that says where in the program its time goes.
 *
 * Waits and computing side by side, by line: what is told of a line comes from all rows that it is
 * in, so that a hundred connections of one call are one thing to read. Where a loop waits for
 * events is where it should.
 */
#include "text_section.h"

#include "advice.h"
#include "analyzer/callsite.h"
#include "page.h"
#include "place.h"
#include "quantity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Less than this is noise beside a sample's own. */
#define SHARE_SHOWN 0.01
#define ROWS_SHOWN 6
#define WHAT_COLUMN 34

struct site_row {
	char *line;
	const char *what; /* a state, or computing */
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

static size_t sites_most(const struct profile *p)
{
	size_t most = p->cpu_sites.count;

	for (size_t i = 0; i < p->waits_count; i++)
		most += p->waits[i].sites.count;
	return most;
}

static struct site_row *row_of(struct site_rows *r, char *line, const char *what)
{
	for (size_t i = 0; i < r->count; i++) {
		struct site_row *row = &r->rows[i];

		if (row->what != what || strcmp(row->line, line) != 0)
			continue;
		free(line);
		free(row->waits);
		row->waits = NULL;
		return row;
	}
	r->rows[r->count] = (struct site_row){.line = line, .what = what};
	return &r->rows[r->count++];
}

static void waits_add(struct site_rows *r, const struct profile *p, const struct profile_wait *w)
{
	for (size_t i = 0; i < w->sites.count; i++) {
		const struct profile_site *s = &w->sites.sites[i];
		char *line = callsite_site_text(p, s);
		size_t before = r->count;
		struct site_row *row;

		if (!line)
			continue;
		row = row_of(r, line, state_label(w->state));
		row->total_s += s->total_s;
		if (r->count > before)
			row->waits = place_waits_text(s->count, s->total_s);
	}
}

static void computing_add(struct site_rows *r, const struct profile *p)
{
	for (size_t i = 0; i < p->cpu_sites.count; i++) {
		const struct profile_site *s = &p->cpu_sites.sites[i];
		char *line = callsite_site_text(p, s);

		if (line)
			row_of(r, line, "computing")->total_s += s->total_s;
	}
}

static int row_compare(const void *a, const void *b)
{
	const struct site_row *x = a, *y = b;

	return (x->total_s < y->total_s) - (x->total_s > y->total_s);
}

static int rows_gather(struct site_rows *ret, const struct profile *p)
{
	*ret = (struct site_rows){.rows = calloc(sites_most(p) + 1, sizeof(*ret->rows))};
	if (!ret->rows)
		return -1;
	for (size_t i = 0; i < p->waits_count; i++)
		if (!p->waits[i].idle && p->waits[i].state != STATE_POLL)
			waits_add(ret, p, &p->waits[i]);
	computing_add(ret, p);
	qsort(ret->rows, ret->count, sizeof(*ret->rows), row_compare);
	return 0;
}

static void row_write(struct page *page, const struct site_row *row, double busy_s)
{
	page_tab(page, 2);
	page_print(page, INK_PLAIN, "%s", row->line);
	if (page->column >= WHAT_COLUMN)
		page_newline(page);
	page_tab(page, WHAT_COLUMN);
	page_print(page, INK_DIM, "%s", row->what);
	if (row->waits)
		page_print(page, INK_DIM, ": %s", row->waits);
	page_right(page, INK_PLAIN, quantity_of(fmin(1, row->total_s / busy_s), "share").text);
	page_newline(page);
}

void section_sites(struct page *page, const struct advice *a)
{
	const struct profile *p = a->profile;
	double busy_s = p->work.busy.total_s;
	struct site_rows rows;
	size_t shown = 0;

	if (!(busy_s > 0) || rows_gather(&rows, p))
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
