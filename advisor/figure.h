/*
 * figure: the few numbers of a report by which two runs of a program are compared.
 */
#ifndef CONCADVISE_FIGURE_H
#define CONCADVISE_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;

/* Of all figures less is better. */
struct figure {
	const char *key, *title;
	/* A smaller change is below what is measured, or matters to nobody. */
	double floor_s;
	/* Nor does a smaller change, as a share, tell two programs from one: it is what two series
	 * of runs of the same program differ by, and what two single runs do (docs/ci.md). */
	double least_share, single_share;
	/* More of it is worse whatever else changed: of a launched command, of an attached service.
	 * What is not judged is shown. */
	bool judged_launch, judged_attach;
	/* Seconds, of a whole report; NAN: not known, or it has none. */
	double (*of)(struct json_object *report);
};

const struct figure *figure_all(size_t *ret_count);

#endif
