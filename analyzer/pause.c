/*
 * pause: sleeps of those that do nothing else, beside others that compute.
 *
 * Who only sleeps may still be the one whose work takes the time, as a worker that keeps to a rate
 * is. Then somebody waits for it, or hands something over to it, or it computes a good part of all
 * that is computed. The first thread waits for its workers: if it does so most of the time, what it
 * computes itself says nothing.
 */
#include "pause.h"

#include "margin.h"
#include "meaning.h"

#include <errno.h>
#include <stdlib.h>

/* So many make a rhythm: two lie one gap apart, three show that it comes again. */
#define SLEEPS_LEAST 3

/* What a thread does. */
struct habit {
	double cpu_s;
	double asleep_s, sleeps;
	double cut;      /* of the sleeps, those that did not end while it was measured */
	double handed_s; /* waiting for something to be handed over by others of the target */
	double others;   /* waits for that, for users, or for events: how many */
	double work_s;   /* other waiting that is work */
};

static void habit_add(struct habit *h, const struct meaning *x, size_t wait)
{
	double wait_s = (double)x->m->waits[wait].total_ns / 1e9;
	double count = (double)x->m->waits[wait].count;

	if (x->states[wait] == STATE_SLEEP) {
		h->asleep_s += wait_s;
		h->sleeps += count;
		h->cut += (double)x->m->waits[wait].open;
	} else if (x->purposes[wait] != PURPOSE_WORK) {
		h->others += count;
		h->handed_s += x->purposes[wait] == PURPOSE_HANDED ? wait_s : 0;
	} else if (!state_is_contention(x->states[wait])) {
		h->work_s += wait_s;
	}
}

/* A thread that others started, of which no sleep ended. */
static bool sleeps_on(const struct meaning *x, const struct habit *h, size_t thread)
{
	return h->sleeps > 0 && h->cut >= h->sleeps && !meaning_is_main(x, thread);
}

/* And all was over before anybody needed what it slept for. Of a thread that slept when it was
 * found, the sleep was cut at its beginning: it may have ended. */
static bool sleeps_to_the_end(const struct meaning *x, const struct habit *h, size_t thread)
{
	const struct measured_thread *t = &x->m->threads[thread];

	return sleeps_on(x, h, thread) && t->started && t->end_ns != MEASURED_ALIVE;
}

/* And the window cut it, for most of which it was seen to: it did not just begin. */
static bool sleeps_all_along(const struct meaning *x, const struct habit *h, size_t thread)
{
	return sleeps_on(x, h, thread) && x->m->threads[thread].end_ns == MEASURED_ALIVE &&
	       h->asleep_s >= (double)x->m->wall_ns / 1e9 / 2;
}

/* It sleeps time and again, or for good, waits for hardly anything else, and is not handed
 * something each time. */
static bool only_sleeps(const struct meaning *x, const struct habit *h, size_t thread)
{
	bool for_good = sleeps_to_the_end(x, h, thread) || sleeps_all_along(x, h, thread);
	bool again =
		h->sleeps >= SLEEPS_LEAST * meaning_threads(x, thread) && h->others < h->sleeps / 2;

	return h->work_s < MARGIN * h->asleep_s && (for_good || again);
}

static bool waits_for_workers(const struct meaning *x, const struct habit *h, size_t thread)
{
	return meaning_is_main(x, thread) && h->handed_s >= meaning_thread_life_s(x, thread) / 2;
}

/* What the candidates of each process compute, and those beside them that may be at work. */
struct computing {
	double *candidates, *workers, *descendants;
};

static void computing_sum(struct computing *c, const struct meaning *x, const struct habit *habits,
	const bool *candidates)
{
	const struct measurement *m = x->m;

	for (size_t i = 0; i < m->threads_count; i++)
		if (candidates[i])
			c->candidates[m->threads[i].process] += habits[i].cpu_s;
		else if (!waits_for_workers(x, &habits[i], i) && !x->helpers[i])
			c->workers[m->threads[i].process] += habits[i].cpu_s;
	family_sum(&x->family, m->processes_count, c->workers, c->descendants);
}

static void candidates_find(const struct meaning *x, struct habit *habits, bool *ret_candidates)
{
	const struct measurement *m = x->m;

	for (size_t i = 0; i < m->waits_count; i++)
		habit_add(&habits[m->waits[i].thread], x, i);
	for (size_t i = 0; i < m->threads_count; i++) {
		habits[i].cpu_s = (double)m->threads[i].cpu_ns / 1e9;
		ret_candidates[i] = only_sleeps(x, &habits[i], i);
	}
}

int pause_find(const struct meaning *x, bool *ret_pausing)
{
	size_t processes = x->m->processes_count, threads = x->m->threads_count;
	struct habit *habits = calloc(threads + 1, sizeof(*habits));
	struct computing c = {
		.candidates = calloc(processes + 1, sizeof(double)),
		.workers = calloc(processes + 1, sizeof(double)),
		.descendants = calloc(processes + 1, sizeof(double)),
	};
	int error = habits && c.candidates && c.workers && c.descendants ? 0 : -ENOMEM;

	if (!error) {
		candidates_find(x, habits, ret_pausing);
		computing_sum(&c, x, habits, ret_pausing);
		for (size_t i = 0; i < threads; i++) {
			size_t process = x->m->threads[i].process;

			ret_pausing[i] &=
				sleeps_to_the_end(x, &habits[i], i) ||
				c.candidates[process] <
					MARGIN * (c.workers[process] + c.descendants[process]);
		}
	}
	free(habits);
	free(c.candidates);
	free(c.workers);
	free(c.descendants);
	return error;
}
