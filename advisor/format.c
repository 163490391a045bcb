/*
 * format: the table of report formats.
 */
#include "format.h"

#include <string.h>

static const struct format formats[] = {
	{.name = "text", .meaning = "for people, at 80 columns", .write = report_text_write},
	{.name = "html",
		.meaning = "for people who look closer: one page, no network",
		.write = report_html_write},
	{.name = "json",
		.meaning = "for programs, concadvise.report/1",
		.write = report_json_write},
	{.name = "markdown",
		.meaning = "for a pull request or a step summary",
		.write = report_markdown_write},
	{.name = "sarif", .meaning = "for code scanning, SARIF 2.1.0", .write = report_sarif_write},
	{.name = "github",
		.meaning = "annotations of a GitHub Actions step",
		.write = report_github_write},
	{.name = "gitlab", .meaning = "a GitLab code quality report", .write = report_gitlab_write},
	{.name = "junit", .meaning = "JUnit XML", .write = report_junit_write},
	{.name = "folded",
		.meaning = "chains of calls for flamegraph.pl and the like",
		.write = report_folded_write},
	{.name = "speedscope",
		.meaning = "chains of calls for speedscope.app",
		.write = report_speedscope_write},
	{.name = "chrome",
		.meaning = "the timeline for Perfetto and chrome://tracing",
		.write = report_chrome_write},
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

const struct format *format_all(size_t *ret_count)
{
	*ret_count = FORMATS;
	return formats;
}

const struct format *format_find(const char *name)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}
