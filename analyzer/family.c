/*
 * family: parents as they were seen to start their children, else by pid. A pid is used again, so
 * the parent is then the process of that pid that was there when the child started.
 */
#include "family.h"

#include "probe/measurement.h"

#include <errno.h>
#include <stdlib.h>

#define GENERATIONS 64 /* followed upwards; a recording may claim a circle */

struct birth {
	int pid;
	int64_t start_ns;
	size_t process;
};

static int birth_compare(const void *a, const void *b)
{
	const struct birth *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

/* The last one born with that pid before the instant. */
static size_t birth_find(const struct birth *births, size_t count, int pid, int64_t before_ns)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct birth *b = &births[middle];

		if (b->pid < pid || (b->pid == pid && b->start_ns <= before_ns))
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && births[low - 1].pid == pid ? births[low - 1].process : MEASURED_NONE;
}

static void parents_find(struct family *f, const struct measurement *m, struct birth *births)
{
	for (size_t i = 0; i < m->processes_count; i++)
		births[i] = (struct birth){m->processes[i].pid, m->processes[i].start_ns, i};
	qsort(births, m->processes_count, sizeof(*births), birth_compare);
	for (size_t i = 0; i < m->processes_count; i++) {
		const struct measured_process *p = &m->processes[i];
		size_t parent = p->parent;

		if (parent == MEASURED_NONE)
			parent = birth_find(births, m->processes_count, p->ppid, p->start_ns);
		f->parent[i] = parent == i ? MEASURED_NONE : parent;
		if (f->parent[i] != MEASURED_NONE)
			f->children[parent]++;
	}
}

/* Lives, in the time from the first one's start to the last one's end. */
static void abreast_find(
	struct family *f, const struct measurement *m, int64_t *start_ns, int64_t *end_ns)
{
	for (size_t i = 0; i < m->processes_count; i++) {
		const struct measured_process *p = &m->processes[i];
		int64_t wall = (int64_t)m->wall_ns, end = p->end_ns < wall ? p->end_ns : wall;
		size_t parent = f->parent[i];

		if (p->earlier == 0 || parent == MEASURED_NONE || end <= p->start_ns)
			continue;
		if (end_ns[parent] == 0 || p->start_ns < start_ns[parent])
			start_ns[parent] = p->start_ns;
		if (end > end_ns[parent])
			end_ns[parent] = end;
		f->abreast[parent] += (double)(end - p->start_ns) - (double)p->vacant_ns;
	}
	for (size_t i = 0; i < m->processes_count; i++)
		if (end_ns[i] > start_ns[i])
			f->abreast[i] /= (double)(end_ns[i] - start_ns[i]);
}

int family_fill(struct family *f, const struct measurement *m)
{
	struct birth *births = calloc(m->processes_count + 1, sizeof(*births));
	int64_t *instants = calloc(2 * m->processes_count + 1, sizeof(*instants));

	f->parent = calloc(m->processes_count + 1, sizeof(*f->parent));
	f->children = calloc(m->processes_count + 1, sizeof(*f->children));
	f->threads = calloc(m->processes_count + 1, sizeof(*f->threads));
	f->abreast = calloc(m->processes_count + 1, sizeof(*f->abreast));
	if (!births || !instants || !f->parent || !f->children || !f->threads || !f->abreast) {
		free(births);
		free(instants);
		return -ENOMEM;
	}
	parents_find(f, m, births);
	abreast_find(f, m, instants, instants + m->processes_count);
	for (size_t i = 0; i < m->threads_count; i++)
		f->threads[m->threads[i].process]++;
	free(births);
	free(instants);
	return 0;
}

void family_clear(struct family *f)
{
	free(f->parent);
	free(f->children);
	free(f->threads);
	free(f->abreast);
}

void family_sum(const struct family *f, size_t count, const double *own, double *ret_descendants)
{
	for (size_t i = 0; i < count; i++)
		ret_descendants[i] = 0;
	for (size_t i = 0; i < count; i++) {
		size_t above = f->parent[i];

		for (int n = 0; n < GENERATIONS && above != MEASURED_NONE && above != i; n++) {
			ret_descendants[above] += own[i];
			above = f->parent[above];
		}
	}
}
