/*
 * alternation: compares how long workers had company, on the CPUs or in waits for their work, with
 * how long they would have had it by chance.
 *
 * Of workers that are at it for shares u of the time, whenever that is, each has at least one other
 * one beside it for 1 - product(1 - u of the others) of that. Who takes turns has next to none; who
 * does one long piece after another one's may, too, so there have to be many pieces.
 */
#include "alternation.h"

#include "concurrency.h"
#include "margin.h"
#include "meaning.h"
#include "overlap.h"
#include "profile.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* Less than so much of what it would be by chance. */
#define COMPANY_MOST 0.5
/* As often a worker was given something: less is a few phases of a program. */
#define TURNS_LEAST 10

struct worker {
	double at_it_s, turns;
};

static bool thread_works(const struct profile *p, size_t thread)
{
	enum role role = p->threads[thread].role;

	return role != ROLE_COORDINATOR && role != ROLE_IDLE;
}

/* Who computes by itself: a thread or, where a runtime has threads that stop others (to collect
 * garbage, or under a global lock), all of a process. */
static size_t worker_of(const struct meaning *x, size_t thread)
{
	size_t process = x->m->threads[thread].process;

	return meaning_runtime(x, process, 0) ? x->m->threads_count + process : thread;
}

static void workers_sum(struct worker *workers, const struct profile *p, const struct meaning *x)
{
	for (size_t i = 0; i < p->threads_count; i++)
		if (thread_works(p, i))
			workers[worker_of(x, i)].at_it_s += (double)x->m->threads[i].cpu_ns / 1e9;
	for (size_t i = 0; i < x->m->waits_count; i++)
		if (x->purposes[i] != PURPOSE_WORK && thread_works(p, x->m->waits[i].thread))
			workers[worker_of(x, x->m->waits[i].thread)].turns +=
				(double)x->m->waits[i].count;
}

struct shares {
	double most_s, sum_s, by_chance_s, turns;
	size_t count;
};

static bool is_notable(const struct worker *w, double most_s)
{
	return w->at_it_s >= MARGIN * most_s && w->turns >= TURNS_LEAST;
}

static struct shares shares_sum(const struct worker *workers, size_t room, double wall_s)
{
	struct shares s = {0};
	double nobody = 1; /* is at it, by chance */

	for (size_t i = 0; i < room; i++)
		s.most_s = fmax(s.most_s, workers[i].at_it_s);
	for (size_t i = 0; i < room; i++) {
		if (!is_notable(&workers[i], s.most_s))
			continue;
		s.sum_s += workers[i].at_it_s;
		s.turns += workers[i].turns;
		s.count++;
		nobody *= fmax(0, 1 - workers[i].at_it_s / wall_s);
	}
	for (size_t i = 0; i < room; i++) {
		double idle = 1 - workers[i].at_it_s / wall_s;

		if (!is_notable(&workers[i], s.most_s))
			continue;
		s.by_chance_s += workers[i].at_it_s * (idle > 0 ? 1 - nobody / idle : 1);
	}
	return s;
}

/* CPU time, of all, that some other thread of the target computed beside, or would have, if
 * other programs had left it a CPU. */
static double company_s(const struct profile *p)
{
	double sum = p->concurrency.pressure_s;

	for (size_t n = 2; n < p->concurrency.running_count; n++)
		sum += (double)n * p->concurrency.running_s[n];
	return sum;
}

static bool shares_alternate(const struct shares *s, double company_s)
{
	return s->count > 1 && company_s < COMPANY_MOST * s->by_chance_s;
}

static double shares_saved_s(const struct shares *s, const struct profile *p)
{
	if (!shares_alternate(s, company_s(p)))
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

/* Goroutines and tasks of a loop wait side by side in one thread. */
static bool wait_is_workers(const struct profile *p, const struct meaning *x, size_t wait)
{
	size_t thread = x->m->waits[wait].thread;

	return x->purposes[wait] == PURPOSE_WORK && concurrency_overlaps(x->states[wait]) &&
	       !x->loops[thread] && p->threads[thread].role != ROLE_COORDINATOR &&
	       !meaning_schedules(x, x->m->threads[thread].process);
}

/* Each thread's waits for its work, and how often it waited to be given some. */
static void waits_gather(
	struct worker *workers, size_t *sets, const struct profile *p, const struct meaning *x)
{
	for (size_t i = 0; i < x->m->waits_count; i++) {
		const struct measured_wait *w = &x->m->waits[i];

		sets[i] = wait_is_workers(p, x, i) ? 0 : 1;
		if (sets[i] == 0)
			workers[w->thread].at_it_s += (double)w->total_ns / 1e9;
		else if (x->purposes[i] != PURPOSE_WORK)
			workers[w->thread].turns += (double)w->count;
	}
}

/* How often those who do none of the work waited for others: who hands it out piece by piece does
 * so each time, who started threads that take turns by themselves does once for each. Half of the
 * pieces lies between the two. */
static double handed_out(const struct worker *workers, size_t room, double most_s)
{
	double sum = 0;

	for (size_t i = 0; i < room; i++)
		sum += is_notable(&workers[i], most_s) ? 0 : workers[i].turns;
	return sum;
}

int alternation_of_waits(const struct profile *p, const struct meaning *x, bool *ret_alternate)
{
	struct worker *workers = calloc(x->m->threads_count + 1, sizeof(*workers));
	size_t *sets = calloc(x->m->waits_count + 1, sizeof(*sets));
	int error = workers && sets ? 0 : -ENOMEM;
	struct overlap company;
	struct shares shares;

	*ret_alternate = false;
	if (!error) {
		waits_gather(workers, sets, p, x);
		error = overlap_fill(x, sets, 1, &company);
	}
	if (!error) {
		shares = shares_sum(workers, x->m->threads_count, p->wall_s);
		*ret_alternate =
			shares_alternate(&shares, company.shared_s) &&
			handed_out(workers, x->m->threads_count, shares.most_s) >= shares.turns / 2;
	}
	free(workers);
	free(sets);
	return error;
}
