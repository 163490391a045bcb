/*
 * alternation: compares how long workers had company on the CPUs with how long they would have had
 * it by chance.
 *
 * Of workers that compute for shares u of the time, whenever that is, each has at least one other
 * one beside it for 1 - product(1 - u of the others) of what it computes. Who takes turns has next
 * to none; who does one long piece after another one's may, too, so there have to be many pieces.
 */
#include "alternation.h"

#include "margin.h"
#include "meaning.h"
#include "profile.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* Less than so much of what it would be by chance. */
#define COMPANY_MOST 0.5
/* As often a worker was given something: less is a few phases of a program. */
#define TURNS_LEAST 10

/* Who computes by itself: a thread or, where a runtime has threads that stop others (to collect
 * garbage, or under a global lock), all of a process. */
struct worker {
	double cpu_s, turns;
};

static bool thread_works(const struct profile *p, size_t thread)
{
	enum role role = p->threads[thread].role;

	return role != ROLE_COORDINATOR && role != ROLE_IDLE;
}

static size_t worker_of(const struct meaning *x, size_t thread)
{
	size_t process = x->m->threads[thread].process;

	return meaning_runtime(x, process, 0) ? x->m->threads_count + process : thread;
}

static void workers_sum(struct worker *workers, const struct profile *p, const struct meaning *x)
{
	for (size_t i = 0; i < p->threads_count; i++)
		if (thread_works(p, i))
			workers[worker_of(x, i)].cpu_s += (double)x->m->threads[i].cpu_ns / 1e9;
	for (size_t i = 0; i < x->m->waits_count; i++)
		if (x->purposes[i] != PURPOSE_WORK && thread_works(p, x->m->waits[i].thread))
			workers[worker_of(x, x->m->waits[i].thread)].turns +=
				(double)x->m->waits[i].count;
}

struct shares {
	double most_s, sum_s, by_chance_s;
	size_t count;
};

static bool is_notable(const struct worker *w, double most_s)
{
	return w->cpu_s >= MARGIN * most_s && w->turns >= TURNS_LEAST;
}

static struct shares shares_sum(const struct worker *workers, size_t room, double wall_s)
{
	struct shares s = {0};
	double nobody = 1; /* computes, by chance */

	for (size_t i = 0; i < room; i++)
		s.most_s = fmax(s.most_s, workers[i].cpu_s);
	for (size_t i = 0; i < room; i++) {
		if (!is_notable(&workers[i], s.most_s))
			continue;
		s.sum_s += workers[i].cpu_s;
		s.count++;
		nobody *= fmax(0, 1 - workers[i].cpu_s / wall_s);
	}
	for (size_t i = 0; i < room; i++) {
		double idle = 1 - workers[i].cpu_s / wall_s;

		if (!is_notable(&workers[i], s.most_s))
			continue;
		s.by_chance_s += workers[i].cpu_s * (idle > 0 ? 1 - nobody / idle : 1);
	}
	return s;
}

/* CPU time, of all, that some other thread of the target computed beside. */
static double company_s(const struct profile *p)
{
	double sum = 0;

	for (size_t n = 2; n < p->concurrency.running_count; n++)
		sum += (double)n * p->concurrency.running_s[n];
	return sum;
}

static double shares_saved_s(const struct shares *s, const struct profile *p)
{
	if (s->count < 2 || company_s(p) >= COMPANY_MOST * s->by_chance_s)
		return 0;
	return s->sum_s - fmax(s->most_s, s->sum_s / p->concurrency.cpus);
}

int alternation_find(const struct profile *p, const struct meaning *x, double *ret_s)
{
	size_t room = x->m->threads_count + x->m->processes_count;
	struct worker *workers = calloc(room + 1, sizeof(*workers));
	struct shares shares;

	*ret_s = 0;
	if (!workers)
		return -ENOMEM;
	workers_sum(workers, p, x);
	shares = shares_sum(workers, room, p->wall_s);
	*ret_s = shares_saved_s(&shares, p);
	free(workers);
	return 0;
}
