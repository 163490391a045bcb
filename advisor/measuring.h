/*
 * measuring: a backend from its opening to its measurement, with what people are told of it.
 */
#ifndef CONCADVISE_MEASURING_H
#define CONCADVISE_MEASURING_H

#include "probe/backend.h"

#include <stdio.h>

struct measurement;
struct options;
struct probe_options;
struct progress;
struct target;

/* Opens what can measure, and says so once if that is not the best, and what to do about it.
 * Returns 0 or a negative errno with a malloc'ed reason. */
int measuring_open(const struct options *o, struct target *t, enum backend_choice choice,
	const struct probe_options *probe_options, struct backend **ret, char **ret_reason);

/* Attaches to the processes of the options and opens, or says why not and what to do. The caller
 * frees both in either case. */
int measuring_attach(const struct options *o, enum backend_choice choice,
	const struct probe_options *probe_options, struct target **ret_target,
	struct backend **ret_backend);

/* Measures until that ends, and frees the backend. NULL after it said why. */
struct measurement *measuring_run(
	const struct options *o, struct backend *backend, struct progress *progress);

/* Where progress is shown; NULL: who wants little to be said wants none. */
FILE *measuring_progress(const struct options *o);

#endif
