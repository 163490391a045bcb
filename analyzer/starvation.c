/*
 * starvation: counts the workers' waits for work, and their operations.
 *
 * Not every wait between two operations is one for work: a result is handed over, too, one worker
 * after the other. Work is what a worker waits for before its first operation; where that was not
 * seen to wait, all such waits count.
 */
#include "starvation.h"

#include "concurrency.h"
#include "global_lock.h"
#include "margin.h"
#include "meaning.h"
#include "profile.h"

#include <stdlib.h>

/* Waits for work to operations: one each where every round is handed out anew, next to none where
 * a queue stands; between the two the middle. */
#define STARVED 0.5

/* Of a worker's row. */
static bool is_operation(const struct meaning *x, size_t wait)
{
	return x->purposes[wait] == PURPOSE_WORK && concurrency_overlaps(x->states[wait]);
}

/* The word or the file that is waited for; forked workers have both at the same place. */
struct source {
	uint64_t address;
	size_t file;
};

struct sources {
	struct source *all; /* room for one for each segment */
	size_t count;
};

static int source_compare(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (x->file > y->file) - (x->file < y->file);
}

static struct source source_of(const struct measured_wait *w)
{
	return (struct source){w->futex_address >> CONDVAR_SHIFT, w->file};
}

/* What a worker waited for before its first operation. */
static void sources_add(struct sources *s, const struct meaning *x, size_t thread)
{
	for (size_t i = x->first_segment[thread]; i < x->first_segment[thread + 1]; i++) {
		size_t wait = x->m->segments[x->segments[i]].wait;

		if (is_operation(x, wait))
			return;
		if (x->purposes[wait] == PURPOSE_IDLE)
			s->all[s->count++] = source_of(&x->m->waits[wait]);
	}
}

static bool is_source(const struct sources *s, const struct measured_wait *w)
{
	struct source key = source_of(w);

	return s->count == 0 ||
	       bsearch(&key, s->all, s->count, sizeof(*s->all), source_compare) != NULL;
}

/*
 * Ruby's threads wait for their turn on the same word as for something to do. Where nothing tells
 * one from the other, what is short beside an operation is taken for a turn.
 */
static bool may_be_turn(const struct meaning *x, const struct measured_wait *w, double operation_s)
{
	size_t process = x->m->threads[w->thread].process;
	const struct measured_runtime *r = meaning_interpreter(x, process);

	return r && r->lock_start == 0 && !x->global_locks[process] &&
	       (double)w->total_ns / 1e9 < MARGIN * operation_s * (double)w->count;
}

/* Who hands work out, or nearly always waits, has some too: what it reads from files. */
static bool is_worker(const struct profile *p, const uint64_t *operations, size_t thread)
{
	enum role role = p->threads[thread].role;

	return operations[thread] > 0 && role != ROLE_COORDINATOR && role != ROLE_IDLE;
}

struct sum {
	double s, count;
};

static bool starvation_sum(const struct profile *p, const struct meaning *x, uint64_t *operations,
	struct sources *sources)
{
	const struct measurement *m = x->m;
	uint64_t done = 0, starved = 0;
	struct sum all = {0};

	for (size_t i = 0; i < m->waits_count; i++) {
		if (!is_operation(x, i))
			continue;
		operations[m->waits[i].thread] += m->waits[i].count;
		all.count += (double)m->waits[i].count;
		all.s += (double)m->waits[i].total_ns / 1e9;
	}
	for (size_t i = 0; i < m->threads_count; i++) {
		if (!is_worker(p, operations, i))
			continue;
		done += operations[i];
		sources_add(sources, x, i);
	}
	qsort(sources->all, sources->count, sizeof(*sources->all), source_compare);
	for (size_t i = 0; i < m->waits_count; i++)
		if (x->purposes[i] == PURPOSE_IDLE &&
			is_worker(p, operations, m->waits[i].thread) &&
			is_source(sources, &m->waits[i]) &&
			!may_be_turn(x, &m->waits[i], all.s / all.count))
			starved += m->waits[i].count;
	return done > 0 && (double)starved >= STARVED * (double)done;
}

bool workers_starve(const struct profile *p, const struct meaning *x)
{
	uint64_t *operations = calloc(x->m->threads_count + 1, sizeof(*operations));
	struct sources sources = {
		.all = calloc(x->m->segments_count + 1, sizeof(*sources.all)),
	};
	bool starve = operations && sources.all && starvation_sum(p, x, operations, &sources);

	free(operations);
	free(sources.all);
	return starve;
}
