/*
 * report_html: the report for people who look: one page that needs nothing but itself.
 *
 * The page (advisor/html/, joined by cmake/HtmlReport.cmake) draws everything from the JSON report
 * that is put into it here. All text of the target is data to it: it is escaped so that it cannot
 * end the element that it stands in, and the page's policy runs no script but the page's own.
 */
#include "format.h"

#include "embedded.h"
#include "json.h"
#include "printable.h"
#include "value.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static void markup_write(const char *text, FILE *to)
{
	static const char specials[] = "&<>\"'";

	for (; *text; text++) {
		if (strchr(specials, *text))
			fprintf(to, "&#%d;", *text);
		else
			fputc(*text, to);
	}
}

static void verdict_write(struct json_object *report, FILE *to)
{
	char *safe = printable_text(value_words(report, "recommendation.summary"), true);

	markup_write(safe ? safe : "", to);
	free(safe);
}

static void title_write(struct json_object *report, FILE *to)
{
	verdict_write(report, to);
	fputs(" \xe2\x80\x93 concadvise", to);
}

static void report_write(struct json_object *report, FILE *to)
{
	json_write_in_markup(report, to);
}

static const struct {
	const char *mark;
	void (*write)(struct json_object *report, FILE *to);
} places[] = {
	{"@@title@@", title_write},
	{"@@verdict@@", verdict_write},
	{"@@report@@", report_write},
};

/* Writes the page up to the mark, and what belongs there; returns what follows. */
static const char *place_fill(const char *page, const char *mark,
	void (*write)(struct json_object *, FILE *), struct json_object *report, FILE *to)
{
	const char *at = strstr(page, mark);

	fwrite(page, 1, (size_t)(at - page), to);
	write(report, to);
	return at + strlen(mark);
}

int report_html_write(struct json_object *report, const struct style *style, FILE *to)
{
	const char *page = embedded_report_page;

	(void)style;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		page = place_fill(page, places[i].mark, places[i].write, report, to);
	fputs(page, to);
	return 0;
}
