/*
 * range: the bootstrap (Efron, 1979), percentile method.
 */
#include "range.h"

#include "forecast.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define DRAWS 20
/* Of 20 sorted draws, the second and the last but one leave a tenth outside. */
#define DRAW_LOW 1
#define DRAW_HIGH (DRAWS - 2)

/* xorshift64 (Marsaglia, 2003): a report of one recording is always the same. */
static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int double_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int speedup_find(
	const struct scenario *now, const struct scenario *then, const uint32_t *order, double *ret)
{
	struct scenario a = *now, b = *then;
	double now_s, then_s;
	int error;

	a.agenda.order = b.agenda.order = order;
	error = forecast_run(&a, &now_s);
	if (!error)
		error = forecast_run(&b, &then_s);
	if (!error)
		*ret = (now_s + now->rest_s) / fmax(then_s + then->rest_s, 1e-9);
	return error;
}

/* Operation number i of an agenda. */
static uint32_t agenda_at(const struct agenda *a, size_t i)
{
	return a->order ? a->order[i] : (uint32_t)(i % a->work->operations_count);
}

int range_find(const struct scenario *now, const struct scenario *then, struct range *ret)
{
	const struct agenda *a = &now->agenda;
	double drawn[DRAWS], as_came;
	uint64_t state = 88172645463325252; /* Marsaglia's own */
	uint32_t *order;
	int error;

	*ret = (struct range){1, 1};
	if (workload_is_uniform(a->work))
		return 0; /* every draw is the same */
	order = calloc(a->count + 1, sizeof(*order));
	error = order ? speedup_find(now, then, a->order, &as_came) : -ENOMEM;
	for (int draw = 0; draw < DRAWS && !error; draw++) {
		for (size_t i = 0; i < a->count; i++)
			order[i] = agenda_at(a, random_next(&state) % a->count);
		error = speedup_find(now, then, order, &drawn[draw]);
	}
	free(order);
	if (error)
		return error;
	qsort(drawn, DRAWS, sizeof(*drawn), double_compare);
	ret->low = fmin(1, drawn[DRAW_LOW] / as_came);
	ret->high = fmax(1, drawn[DRAW_HIGH] / as_came);
	return 0;
}
