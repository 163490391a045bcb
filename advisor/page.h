/*
 * page: lays text out in lines of a given width: headings, wrapped paragraphs, cells of tables.
 *
 * Everything that is written passes through printable_text(), so that no text of the target reaches
 * a terminal as it is.
 */
#ifndef CONCADVISE_PAGE_H
#define CONCADVISE_PAGE_H

#include "terminal.h"

#include <stdio.h>

enum ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_GOOD, INK_WARNING, INK_BAD };

struct page {
	FILE *to;
	struct style style;
	int column; /* how far the current line is */
};

/* A blank line, a bold heading, and what belongs at its right edge (NULL: nothing). */
void page_heading(struct page *p, const char *left, const char *right);

/* Text at the current column, without wrapping. */
void page_print(struct page *p, enum ink ink, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Text in a column of that width, cut with ".." if it is longer; a negative width sets it to the
 * right.
 */
void page_cell(struct page *p, enum ink ink, int width, const char *text);

/* Goes to a column: at least one blank, if the line has reached it already. */
void page_tab(struct page *p, int column);

/* Goes to `indent` on the next line if so many columns have no room on this one. */
void page_room(struct page *p, int columns, int indent);

/* Goes to where so many columns end at the right edge, on the next line if this one is too full:
 * for cells below the right part of a heading. */
void page_tab_right(struct page *p, int columns);

/* Text that ends at the right edge, on the next line if this one has no room for it. */
void page_right(struct page *p, enum ink ink, const char *text);

void page_newline(struct page *p);

/*
 * Wraps text from the current column on; further lines start at `indent`. A line break in the text
 * starts a new line, whose own leading blanks are kept: code stays code.
 */
void page_paragraph(struct page *p, enum ink ink, int indent, const char *text);

#endif
