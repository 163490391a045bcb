/*
 * sizing: a search in powers of two, then by bisection: more workers help until they do not.
 */
#include "sizing.h"

#include "forecast.h"

#include <math.h>

#define NEAR_BEST 0.95

static int size_try(const struct scenario *s, size_t workers, double *ret_s)
{
	struct scenario sized = *s;

	sized.workers = workers;
	return forecast_run(&sized, ret_s);
}

/* Doubling stops when it has not helped twice: what start-up takes grows from then on. */
static int best_find(const struct scenario *s, size_t most, double *ret_s)
{
	int error = 0, worse = 0;
	double now_s;

	*ret_s = INFINITY;
	for (size_t k = 1; k <= most && worse < 2 && !error;
		k = k < most && 2 * k > most ? most : 2 * k) {
		error = size_try(s, k, &now_s);
		worse = now_s < *ret_s ? 0 : worse + 1;
		*ret_s = fmin(*ret_s, now_s);
	}
	return error;
}

int sizing_find(const struct scenario *s, size_t most, size_t *ret_workers)
{
	size_t low = 0, high = 1; /* too few; enough */
	double best_s, now_s = INFINITY;
	int error = best_find(s, most, &best_s);

	while (!error && (error = size_try(s, high, &now_s)) == 0 && now_s * NEAR_BEST > best_s) {
		low = high;
		high = 2 * high > most ? most : 2 * high;
	}
	while (!error && high - low > 1) {
		size_t middle = low + (high - low) / 2;

		error = size_try(s, middle, &now_s);
		*(now_s * NEAR_BEST > best_s ? &low : &high) = middle;
	}
	*ret_workers = high;
	return error;
}
