/*
 * gate: whether a report lets a build pass.
 */
#ifndef CONCADVISE_GATE_H
#define CONCADVISE_GATE_H

#include "advice.h"

#include <stdbool.h>
#include <stdio.h>

struct json_object;
struct policy;

struct gate {
	bool fails; /* --fail-on was given: */
	enum severity fail_on;
	const char *expect;          /* a model; NULL: any */
	const struct policy *policy; /* NULL: none */
};

/* Judges a report: writes a line for all that fires or warns. True if the build is to fail. */
bool gate_judge(const struct gate *g, struct json_object *report, FILE *to);

#endif
