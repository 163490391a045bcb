/*
 * handing: threads that hand work out and take results compute too, while the operations go on; so
 * does a server of the program's own, for whom its operations wait.
 */
#include "gathering.h"

#include "meaning.h"
#include "overhead.h"
#include "profile.h"
#include "server.h"
#include "thread.h"
#include "workload.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Processes whose threads do operations; others compute beside their interpreter's lock. */
static bool *processes_find(const struct gathering *g)
{
	bool *ours = calloc(g->x->m->processes_count + 1, sizeof(*ours));

	for (size_t i = 0; ours && i < g->x->m->threads_count; i++)
		ours[g->x->m->threads[i].process] |= g->gathered[i];
	return ours;
}

/* The first thread starts the workers before it hands out anything. */
static double starting_s(const struct gathering *g)
{
	const struct profile_work *w = &g->p->work;

	if (g->workers < 2 || w->elastic)
		return 0;
	return overhead_of(g->p, w->model, 0).each_s * (double)(g->workers - 1);
}

/* What threads computed that do no operations. */
struct handing {
	struct step others;
	double feeding_s;
	double answering_s; /* while who asked waited for it */
};

static struct handing handing_sum(const struct gathering *g, const bool *ours)
{
	double begin_s = g->begin_s + starting_s(g);
	struct handing sum = {0};

	for (size_t i = 0; i < g->x->m->threads_count; i++) {
		size_t process = g->x->m->threads[i].process;
		double cpu_s = g->gathered[i] ? 0 : thread_computed_s(g->x, i, begin_s, g->end_s);
		double share = ours[process] ? g->locked_share[process] : 0;
		double copied_s =
			g->gathered[i] ? 0 : fmin(cpu_s, copying_s(g, i, begin_s, g->end_s));

		if (gathering_thread_feeds(g, i)) {
			sum.feeding_s += cpu_s;
			continue;
		}
		if (server_is_own(g->x, i)) {
			sum.answering_s += cpu_s;
			continue;
		}
		sum.feeding_s += copied_s;
		cpu_s -= copied_s;
		sum.others.locked_s += cpu_s * share;
		sum.others.free_s += cpu_s * (1 - share);
	}
	return sum;
}

static struct step *longest_wait(const struct workload *w, const struct operation *o)
{
	struct step *longest = &w->steps[o->first];

	for (size_t i = 1; i < o->count; i++)
		if (w->steps[o->first + i].wait_s > longest->wait_s)
			longest = &w->steps[o->first + i];
	return longest;
}

/* Of what was waited for, this much was computing: by another process, whatever asks. */
static void step_answer(struct step *s, double answering_s)
{
	if (!(answering_s > 0))
		return;
	s->wait_s = fmax(0, s->wait_s - answering_s);
	s->free_s += answering_s;
	s->beside = true;
}

int handing_spread(struct gathering *g)
{
	struct workload *w = g->work;
	bool *ours = processes_find(g);
	struct handing sum;
	size_t count = 0;

	if (!ours)
		return -ENOMEM;
	sum = handing_sum(g, ours);
	free(ours);
	for (size_t i = 0; i < w->operations_count; i++)
		count += w->operations[i].count > 0;
	w->feeding_s = count ? sum.feeding_s / (double)count : 0;
	for (size_t i = 0; i < w->operations_count; i++) {
		if (w->operations[i].count == 0)
			continue;
		w->steps[w->operations[i].first].locked_s += sum.others.locked_s / (double)count;
		w->steps[w->operations[i].first].free_s += sum.others.free_s / (double)count;
		step_answer(longest_wait(w, &w->operations[i]), sum.answering_s / (double)count);
	}
	return 0;
}
