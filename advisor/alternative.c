/*
 * alternative: compares every other model's prediction with that of the recommended one.
 */
#include "alternative.h"

#include "analyzer/model.h"
#include "label.h"
#include "quantity.h"
#include "subject.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Predictions within a tenth of each other count as equal (DESIGN, "The pick"). */
#define SAME_LOW 0.9
#define SAME_HIGH 1.1

static const char *const costs[MODEL_COUNT] = {
	[MODEL_SEQUENTIAL] = "nothing would run side by side any more",
	[MODEL_THREADS] = "what the threads share would need locks",
	[MODEL_PROCESSES] = "each process takes memory of its own and gets its data by copying",
	[MODEL_EVENT_LOOP] = "every call that waits would have to become asynchronous",
	[MODEL_HYBRID] = "it is two models in one program",
};

const struct prediction *prediction_of(const struct profile *p, enum model m)
{
	for (size_t i = 0; i < p->predictions_count; i++)
		if (p->predictions[i].model == m)
			return &p->predictions[i];
	return NULL;
}

/* What models are compared by: a service by its capacity, a program that ends by its speed. */
static double merit(const struct prediction *prediction)
{
	if (!prediction)
		return NAN;
	return isfinite(prediction->capacity) ? prediction->capacity : prediction->speedup;
}

/* Times as good as the recommended model, which is what is measured (1) where it is kept. */
static double merit_ratio(const struct advice *a, const struct prediction *other)
{
	double chosen = merit(prediction_of(a->profile, a->model));

	return merit(other) / (isfinite(chosen) ? chosen : 1);
}

/* What the model costs beside time, in this program. */
static const char *cost_of(const struct profile *p, enum model m)
{
	bool alone = m == MODEL_THREADS && model_is_threadless(subject_runtime_name(p));

	return alone ? "its code runs in one thread" : costs[m];
}

static char *why_not(const struct advice *a, const struct prediction *other, double ratio)
{
	const char *what = isfinite(other->capacity) ? "the load" : "as fast";
	const char *cost = cost_of(a->profile, other->model);
	struct quantity quantity = quantity_of(merit(other), "x");
	char *text = NULL;
	int length;

	if (!isfinite(ratio))
		length = asprintf(&text, "it cannot be predicted from what was measured");
	else if (ratio < SAME_LOW)
		length = asprintf(&text, "%s %s (limit: %s)", quantity.text, what,
			label_limit(
				limit_name(other->limited_by), subject_runtime_name(a->profile)));
	else if (ratio <= SAME_HIGH)
		length = asprintf(&text, "no better (%s), and %s", quantity.text, cost);
	else
		length = asprintf(&text, "%s %s, but %s", quantity.text, what, cost);
	return length < 0 ? NULL : text;
}

int alternatives_make(struct advice *a)
{
	const struct profile *p = a->profile;

	a->alternatives = calloc(MODEL_COUNT, sizeof(*a->alternatives));
	if (!a->alternatives)
		return -ENOMEM;
	if (a->action == ACTION_MEASURE)
		return 0;
	for (enum model m = 0; m < MODEL_COUNT; m++) {
		const struct prediction *other = prediction_of(p, m);
		struct alternative *alternative = &a->alternatives[a->alternatives_count];
		double ratio;

		if (!other || m == a->model || other->current)
			continue;
		ratio = merit_ratio(a, other);
		alternative->model = m;
		/* A service with room to spare gains nothing from more of it. */
		alternative->better = ratio > SAME_HIGH &&
				      !(a->action == ACTION_KEEP && isfinite(other->capacity));
		alternative->why_not = why_not(a, other, ratio);
		if (!alternative->why_not)
			return -ENOMEM;
		a->alternatives_count++;
	}
	return 0;
}
