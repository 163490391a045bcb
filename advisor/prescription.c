/*
 * prescription: chooses a rule's actions by runtime and version.
 *
 * Advice that the runtime at hand cannot follow is worse than none: a line for "cpython>=3.9" is
 * given only where that version was seen.
 */
#include "prescription.h"

#include "probe/measurement.h"
#include "rule.h"
#include "subject.h"
#include "template.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int text_append(char ***list, size_t *count, char *text)
{
	char **longer = text ? reallocarray(*list, *count + 1, sizeof(char *)) : NULL;

	if (!longer) {
		free(text);
		return -ENOMEM;
	}
	longer[(*count)++] = text;
	*list = longer;
	return 0;
}

int lines_fill(
	const struct rule_lines *lines, const struct profile *p, char ***ret, size_t *ret_count)
{
	int error = 0;

	for (size_t i = 0; i < lines->count && !error; i++)
		error = text_append(ret, ret_count, template_fill(lines->line[i], p));
	return error;
}

/* A version as one number, in which 3.9 is less than 3.11. */
static double version_of(int major, int minor)
{
	return major * 1e6 + minor;
}

/* NAN: not known. */
static double runtime_version(const struct measured_runtime *runtime)
{
	int major, minor = 0;

	if (!runtime || !runtime->version || sscanf(runtime->version, "%9d.%9d", &major, &minor) < 1)
		return NAN;
	return version_of(major, minor);
}

static bool actions_fit(const struct rule_actions *a, const char *runtime, double version)
{
	if (strcmp(a->runtime, runtime) != 0)
		return false;
	return !a->has_version ||
	       comparison_holds(a->comparison, version, version_of(a->major, a->minor));
}

static int actions_append(const struct rule *r, const struct profile *p, const char *runtime,
	double version, char ***ret, size_t *ret_count)
{
	for (size_t i = 0; i < r->actions_count; i++) {
		const struct rule_actions *a = &r->actions[i];
		struct rule_lines lines = a->lines;
		int error;

		if (!actions_fit(a, runtime, version))
			continue;
		if (lines.count > PRESCRIPTION_MAX - *ret_count)
			lines.count = PRESCRIPTION_MAX - *ret_count;
		error = lines_fill(&lines, p, ret, ret_count);
		if (error)
			return error;
	}
	return 0;
}

int actions_fill(const struct rule *r, const struct profile *p, char ***ret, size_t *ret_count)
{
	const char *runtime = subject_runtime_name(p);
	double version = runtime_version(subject_runtime(p));
	int error = actions_append(r, p, runtime, version, ret, ret_count);

	if (!error && *ret_count == 0)
		error = actions_append(r, p, "any", NAN, ret, ret_count);
	return error;
}
