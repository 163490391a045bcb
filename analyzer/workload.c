/*
 * workload: operations and their steps, in two arrays that grow.
 */
#include "workload.h"

#include <errno.h>
#include <stdlib.h>

int workload_begin(struct workload *w)
{
	if (w->operations_count == w->operations_room) {
		size_t room = w->operations_room ? 2 * w->operations_room : 64;
		struct operation *grown = reallocarray(w->operations, room, sizeof(*w->operations));

		if (!grown)
			return -ENOMEM;
		w->operations = grown;
		w->operations_room = room;
	}
	w->operations[w->operations_count++] = (struct operation){.first = w->steps_count};
	return 0;
}

int workload_add(struct workload *w, struct step s)
{
	if (w->steps_count == w->steps_room) {
		size_t room = w->steps_room ? 2 * w->steps_room : 64;
		struct step *grown = reallocarray(w->steps, room, sizeof(*w->steps));

		if (!grown)
			return -ENOMEM;
		w->steps = grown;
		w->steps_room = room;
	}
	w->blocks |= s.blocking && s.wait_s > 0;
	w->steps[w->steps_count++] = s;
	w->operations[w->operations_count - 1].count++;
	return 0;
}

/* Those of one start stay as they were: their steps do. */
static int operation_compare(const void *a, const void *b)
{
	const struct operation *x = a, *y = b;

	if (x->start_s != y->start_s)
		return x->start_s < y->start_s ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

void workload_order(struct workload *w)
{
	if (w->operations_count > 1)
		qsort(w->operations, w->operations_count, sizeof(*w->operations),
			operation_compare);
}

void workload_clear(struct workload *w)
{
	free(w->steps);
	free(w->operations);
	*w = (struct workload){0};
}

struct step workload_sum(const struct workload *w)
{
	struct step sum = {0};

	for (size_t i = 0; i < w->steps_count; i++) {
		sum.locked_s += w->steps[i].locked_s;
		sum.free_s += w->steps[i].free_s;
		sum.wait_s += w->steps[i].wait_s;
	}
	return sum;
}

static bool step_is_same(const struct step *a, const struct step *b)
{
	return a->locked_s == b->locked_s && a->free_s == b->free_s && a->wait_s == b->wait_s &&
	       a->blocking == b->blocking && a->exclusive == b->exclusive;
}

bool workload_is_uniform(const struct workload *w)
{
	for (size_t i = 1; i < w->operations_count; i++) {
		if (w->operations[i].count != w->operations[0].count)
			return false;
		for (size_t k = 0; k < w->operations[i].count; k++)
			if (!step_is_same(&w->steps[w->operations[i].first + k],
				    &w->steps[w->operations[0].first + k]))
				return false;
	}
	return true;
}

double workload_longest_s(const struct workload *w)
{
	double longest = 0;

	for (size_t i = 0; i < w->operations_count; i++) {
		const struct operation *o = &w->operations[i];
		double s = 0;

		for (size_t k = o->first; k < o->first + o->count; k++)
			s += w->steps[k].locked_s + w->steps[k].free_s + w->steps[k].wait_s;
		longest = s > longest ? s : longest;
	}
	return longest;
}
