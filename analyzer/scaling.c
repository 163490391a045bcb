/*
 * scaling: each size is forecast by itself.
 */
#include "scaling.h"

#include "present.h"
#include "profile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* How far the table of sizes goes. */
#define SCALING_SIZES 12
#define SCALING_MOST (1 << (SCALING_SIZES - 1))

static const enum model models[] = {MODEL_THREADS, MODEL_PROCESSES};
#define MODELS (sizeof(models) / sizeof(models[0]))

/* Sizes 1, 2, 4, ... */
static int scaling_fill_model(const struct present *f, enum model m)
{
	struct profile *p = f->p;
	size_t most = present_workers_most(f, m);
	double then_s;
	int error = 0;

	for (size_t k = 1; k < 2 * most && k <= SCALING_MOST && !error; k *= 2) {
		struct scenario s = present_change(f, m, k);
		struct scaling *at = &p->scaling[p->scaling_count++];

		error = forecast_run(&s, &then_s);
		*at = (struct scaling){m, (int)k, then_s + s.rest_s, NAN};
		if (!p->work.service)
			continue;
		at->capacity = then_s > 0 ? p->wall_s / then_s : NAN;
		at->wall_s = NAN;
	}
	return error;
}

int scaling_fill(const struct present *f)
{
	int error = 0;

	f->p->scaling = calloc(MODELS * SCALING_SIZES, sizeof(*f->p->scaling));
	if (!f->p->scaling)
		return -ENOMEM;
	for (size_t i = 0; i < MODELS && !f->width_unknown && !error; i++)
		error = scaling_fill_model(f, models[i]);
	return error;
}
