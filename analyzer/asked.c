/*
 * asked: exchanges of one thread by connection, those that go on with each other joined.
 */
#include "asked.h"

#include "exchange.h"
#include "fit.h"
#include "meaning.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

static int exchange_compare(const void *a, const void *b)
{
	const struct measured_exchange *x = *(const struct measured_exchange *const *)a;
	const struct measured_exchange *y = *(const struct measured_exchange *const *)b;

	if (x->socket != y->socket)
		return x->socket < y->socket ? -1 : 1;
	return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

static int asked_compare(const void *a, const void *b)
{
	const struct asked *x = a, *y = b;

	return (x->start_s > y->start_s) - (x->start_s < y->start_s);
}

static size_t exchanges_gather(
	const struct measured_exchange **ret, const struct meaning *x, size_t thread)
{
	size_t count = 0;

	for (size_t i = 0; i < x->m->exchanges_count; i++)
		if (x->m->exchanges[i].thread == thread)
			ret[count++] = &x->m->exchanges[i];
	qsort(ret, count, sizeof(const struct measured_exchange *), exchange_compare);
	return count;
}

static void exchanges_join(
	struct asked_list *l, const struct measured_exchange *const *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct measured_exchange *e = rows[i];

		if (i == 0 || !exchange_goes_on(rows[i - 1], e))
			l->rows[l->count++] = (struct asked){
				.start_s = (double)e->start_ns / 1e9, .connects = e->connects};
		l->rows[l->count - 1].end_s = (double)(e->start_ns + (int64_t)e->wait_ns) / 1e9;
	}
	qsort(l->rows, l->count, sizeof(*l->rows), asked_compare);
}

int asked_fill(struct asked_list *ret, const struct meaning *x, size_t thread)
{
	size_t room = x->m->exchanges_count + 1;
	const struct measured_exchange **rows = calloc(room, sizeof(*rows));

	*ret = (struct asked_list){.rows = calloc(room, sizeof(*ret->rows))};
	if (!rows || !ret->rows) {
		free(rows);
		asked_clear(ret);
		return -ENOMEM;
	}
	exchanges_join(ret, rows, exchanges_gather(rows, x, thread));
	free(rows);
	FIT(ret->rows, ret->count);
	return 0;
}

void asked_clear(struct asked_list *l)
{
	free(l->rows);
	*l = (struct asked_list){0};
}

size_t asked_at(const struct asked_list *l, double at_s)
{
	size_t low = 0, high = l->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->rows[middle].start_s <= at_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && at_s < l->rows[low - 1].end_s ? low - 1 : SIZE_MAX;
}
