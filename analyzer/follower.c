/*
 * follower: loops of one process that wait for events at the same descriptor.
 */
#include "follower.h"

#include "meaning.h"

#include <errno.h>
#include <stdlib.h>

struct look {
	size_t process, thread;
	int descriptor;
};

static int look_compare(const void *a, const void *b)
{
	const struct look *x = a, *y = b;

	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	return (x->descriptor > y->descriptor) - (x->descriptor < y->descriptor);
}

static size_t looks_gather(struct look *looks, const struct meaning *x)
{
	size_t count = 0;

	for (size_t i = 0; i < x->m->threads_count; i++) {
		const struct measured_thread *t = &x->m->threads[i];

		if (x->loops[i] && t->loop.descriptor > 0)
			looks[count++] = (struct look){t->process, i, t->loop.descriptor};
	}
	qsort(looks, count, sizeof(*looks), look_compare);
	return count;
}

int follower_find(struct meaning *x)
{
	struct look *looks = calloc(x->m->threads_count + 1, sizeof(*looks));
	size_t count = looks ? looks_gather(looks, x) : 0;

	for (size_t i = 1; i < count; i++)
		if (look_compare(&looks[i - 1], &looks[i]) == 0)
			x->followers[looks[i - 1].thread] = x->followers[looks[i].thread] = true;
	free(looks);
	return looks ? 0 : -ENOMEM;
}
