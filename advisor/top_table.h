/*
 * top_table: threads and what they did since the last look, as a table for a terminal.
 *
 * Which states have a column is kept from look to look, so that columns do not come and go.
 */
#ifndef CONCADVISE_TOP_TABLE_H
#define CONCADVISE_TOP_TABLE_H

#include "terminal.h"

#include "analyzer/profile.h"

#include <stdio.h>

#define TOP_TABLE_HEADING 2 /* the line with the names of the columns, from 0 */

struct top_table {
	struct profile_time seen; /* so far */
};

/*
 * Writes two lines of totals, the names of the columns, and a line for each thread, those that
 * computed most first: not more than `lines` lines in all, of which the last one tells how many did
 * not fit. lines 0: all threads. p: as profile_glance() makes it. 0 or -ENOMEM.
 */
int top_table_write(struct top_table *t, const struct profile *p, const struct style *style,
	int lines, FILE *to);

#endif
