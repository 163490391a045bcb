/*
 * lead: who has others work: hands work to a pool of processes, or starts threads and makes use of
 * what they found.
 */
#include "lead.h"

#include "margin.h"
#include "meaning.h"
#include "profile.h"
#include "thread.h"

#include <math.h>
#include <stdlib.h>

/* The children of one process that carry a notable part of what the busiest one does. */
struct brood {
	double count, busy_s, begin_s, end_s;
};

static void broods_gather(struct brood *broods, const double *busy_s, const struct meaning *x)
{
	double most_s = 0;

	for (size_t i = 0; i < x->m->processes_count; i++)
		if (x->family.parent[i] != MEASURED_NONE)
			most_s = fmax(most_s, meaning_process_each_s(x, busy_s, i));
	for (size_t i = 0; i < x->m->processes_count; i++) {
		const struct measured_process *p = &x->m->processes[i];
		struct brood *b;

		if (x->family.parent[i] == MEASURED_NONE || !p->started || busy_s[i] <= 0 ||
			meaning_process_each_s(x, busy_s, i) < MARGIN * most_s)
			continue;
		b = &broods[x->family.parent[i]];
		b->begin_s = b->count > 0 ? fmin(b->begin_s, (double)p->start_ns / 1e9)
					  : (double)p->start_ns / 1e9;
		b->end_s = fmax(b->end_s, (double)p->end_ns / 1e9);
		b->busy_s += busy_s[i];
		b->count += meaning_processes(x, i);
	}
}

/* What it waited for its work. */
static double thread_waited_s(const struct meaning *x, size_t thread)
{
	double sum = 0;

	for (size_t i = x->first_wait[thread]; i < x->first_wait[thread + 1]; i++)
		if (x->purposes[x->waits[i]] == PURPOSE_WORK)
			sum += (double)x->m->waits[x->waits[i]].total_ns / 1e9;
	return sum;
}

/*
 * A thread beside a pool of processes that its process started hands work to them and takes their
 * results, unless it waits for its own work or for users, or is the one that was there first and
 * computes meanwhile as they do.
 */
static bool thread_hands_out(
	const struct profile *p, const struct meaning *x, const struct brood *b, size_t thread)
{
	if (b->count < 2 || p->threads[thread].idle.s[STATE_NETWORK] > 0 ||
		thread_waited_s(x, thread) >= MARGIN * b->busy_s / b->count)
		return false;
	return !meaning_is_main(x, thread) ||
	       thread_computed_s(x, thread, b->begin_s, b->end_s) < PEER * b->busy_s / b->count;
}

bool *leads_processes(const struct profile *p, const struct meaning *x, const double *busy_s)
{
	struct brood *broods = calloc(x->m->processes_count + 1, sizeof(*broods));
	bool *leads = calloc(p->threads_count + 1, sizeof(*leads));

	if (broods && leads) {
		broods_gather(broods, busy_s, x);
		for (size_t i = 0; i < p->threads_count; i++)
			leads[i] = thread_hands_out(p, x, &broods[x->m->threads[i].process], i);
	} else {
		free(leads);
		leads = NULL;
	}
	free(broods);
	return leads;
}

/* The threads that a process's first one started and that carry a notable part. */
struct crew {
	double count, carried_s, begin_s, end_s;
};

static struct crew *crews_make(const struct meaning *x, const double *carried_s, double notable_s)
{
	struct crew *crews = calloc(x->m->processes_count + 1, sizeof(*crews));

	for (size_t i = 0; crews && i < x->m->threads_count; i++) {
		const struct measured_thread *t = &x->m->threads[i];
		struct crew *c = &crews[t->process];
		double begin_s = (double)t->start_ns / 1e9;

		if (!t->started || meaning_is_main(x, i) ||
			carried_s[i] < notable_s * meaning_threads(x, i) || carried_s[i] <= 0)
			continue;
		c->begin_s = c->count > 0 ? fmin(c->begin_s, begin_s) : begin_s;
		c->end_s = fmax(c->end_s, thread_done_s(x, i));
		c->carried_s += carried_s[i];
		c->count += meaning_threads(x, i);
	}
	return crews;
}

/* The first thread of a process, who does its part before it starts the others and after they are
 * done rather than beside them; not one whose part is the same as theirs, if smaller. */
static bool thread_leads(
	const struct profile *p, const struct meaning *x, const struct crew *crews, size_t thread)
{
	const struct crew *c = &crews[x->m->threads[thread].process];
	double peer_s = c->count > 0 ? c->carried_s / c->count : 0;

	return c->count > 1 && meaning_is_main(x, thread) && !(p->threads[thread].peer_s > 0) &&
	       thread_waited_s(x, thread) < MARGIN * peer_s &&
	       thread_computed_s(x, thread, c->begin_s, c->end_s) < PEER * peer_s;
}

bool *leads_threads(
	const struct profile *p, const struct meaning *x, const double *carried_s, double notable_s)
{
	struct crew *crews = crews_make(x, carried_s, notable_s);
	bool *leads = crews ? calloc(x->m->threads_count + 1, sizeof(*leads)) : NULL;

	for (size_t i = 0; leads && i < x->m->threads_count; i++)
		leads[i] = thread_leads(p, x, crews, i);
	free(crews);
	return leads;
}
