/*
 * model: tells the program's present concurrency model by who carries its work.
 */
#include "model.h"

#include "carrier.h"
#include "goroutine.h"
#include "margin.h"
#include "meaning.h"
#include "profile.h"
#include "server.h"
#include "thread.h"

#include <math.h>
#include <string.h>

/* Two that share the work in earnest: the smaller one has over a quarter of what the other has. */
#define SHARED 1.5
/* A pool starts each worker once, and some once more; who starts more has no pool. */
#define ELASTIC 2

static const char *const models[MODEL_COUNT] = {
	[MODEL_SEQUENTIAL] = "sequential",
	[MODEL_THREADS] = "threads",
	[MODEL_PROCESSES] = "processes",
	[MODEL_EVENT_LOOP] = "event-loop",
	[MODEL_HYBRID] = "hybrid",
};

const char *model_name(enum model m)
{
	return models[m];
}

static double all_carried_s(const struct profile *p, const struct meaning *x)
{
	double sum = 0;

	for (size_t i = 0; i < p->threads_count; i++)
		sum += server_is_own(x, i) || x->helpers[i] ? 0 : thread_carried_s(&p->threads[i]);
	return sum;
}

bool model_is_threadless(const char *runtime)
{
	static const char *const threadless[] = {"php", "perl", "r"};
	bool found = false;

	for (size_t i = 0; i < sizeof(threadless) / sizeof(threadless[0]); i++)
		found |= strcmp(runtime, threadless[i]) == 0;
	return found;
}

struct loops_sum {
	double carried_s;
	size_t count;
	bool coordinates; /* a loop waits for its own threads or children */
};

/* A program is not built as the server that it asks. */
static struct loops_sum loops_add(const struct profile *p, const struct meaning *x)
{
	struct loops_sum sum = {0};

	for (size_t i = 0; i < p->loops_count; i++) {
		const struct profile_thread *t = &p->threads[p->loops[i].thread];

		if (server_is_own(x, p->loops[i].thread))
			continue;
		sum.count++;
		sum.carried_s += thread_carried_s(t);
		sum.coordinates |= t->coordinating.s[STATE_POLL] > 0;
	}
	return sum;
}

/* Threads that do the same, and half of all that is done: they share it, however unevenly. */
static bool team_shares(const struct profile *p, const struct meaning *x)
{
	double computed_s = 0;
	size_t peers = 0;

	for (size_t i = 0; i < p->threads_count; i++) {
		computed_s += p->threads[i].peer_s;
		peers += p->threads[i].peer_s > 0;
	}
	return peers > 1 && computed_s >= all_carried_s(p, x) / 2;
}

/*
 * By shares alone, a shell beside the commands that it runs one after the other looks like two at
 * work: where its share lies in its life is not known. So there have to be two at once that do not
 * wait for each other.
 */
static enum model model_by_carriers(
	const struct profile *p, const struct meaning *x, const struct carriers *c)
{
	bool shared = c->threads >= SHARED || team_shares(p, x);

	if (c->processes >= SHARED && c->processes_peak > 1)
		return c->threads / c->processes >= SHARED ? MODEL_HYBRID : MODEL_PROCESSES;
	return shared && c->threads_peak > 1 ? MODEL_THREADS : MODEL_SEQUENTIAL;
}

/*
 * In Node every thread is a loop. Where none of them ever waited for an event that was not another
 * thread's, nor was seen with a connection, there was nothing but computing: a program as others
 * are. So is one that has one request under way at a time.
 */
static bool loops_overlap(const struct profile *p, const struct meaning *x)
{
	const struct profile_work *w = &p->work;

	if (w->one_by_one)
		return false;
	if (w->exchanges_most > 1)
		return true;
	for (size_t i = 0; i < p->loops_count; i++) {
		size_t process = x->m->threads[p->loops[i].thread].process;

		if (!meaning_runs(x, process, "node") || p->loops[i].saturated ||
			x->m->processes[process].watched_connections > 0)
			return true;
	}
	return w->wait_joint_s > 0 || w->service;
}

/*
 * Go's scheduler waits in whichever thread is free, and in a second one while a goroutine computes:
 * what its threads do side by side tells nothing of goroutines, but what these asked for does.
 */
static enum model model_of_goroutines(const struct meaning *x)
{
	for (size_t i = 0; i < x->m->processes_count; i++)
		if (meaning_schedules(x, i) && !x->one_by_one[i])
			return MODEL_THREADS;
	return MODEL_SEQUENTIAL;
}

/* What several threads do is one thing after another all the same. Of processes that take turns,
 * each would be taken for one operation. */
static bool is_sequential(const struct profile *p, const struct meaning *x)
{
	const struct profile_work *w = &p->work;

	if (w->model != MODEL_THREADS)
		return false;
	if (w->wait_s < MARGIN * (w->cpu_s + w->wait_s))
		return goroutine_main_alone(x->m);
	return w->in_turn && !w->service && w->wait_s >= w->cpu_s;
}

static void model_set(struct profile *p, const struct meaning *x, const struct carriers *c)
{
	struct profile_work *w = &p->work;
	struct loops_sum loops = loops_add(p, x);
	double carried_s = all_carried_s(p, x);

	if (loops.count > 0 && loops.carried_s >= carried_s / 2 && loops_overlap(p, x)) {
		w->model = MODEL_EVENT_LOOP;
		w->workers = (int)loops.count;
		return;
	}
	w->model = model_by_carriers(p, x, c);
	if (is_sequential(p, x))
		w->model = MODEL_SEQUENTIAL;
	if (w->goroutines && w->model != MODEL_PROCESSES)
		w->model = model_of_goroutines(x);
	if (w->model == MODEL_SEQUENTIAL && w->service && p->server.connection_threads > 1)
		w->model = MODEL_THREADS; /* one each, if hardly at once under this load */
	/* One that does hardly more than hand the work to others is their pool's. */
	if (loops.coordinates && loops.carried_s >= MARGIN * carried_s && loops_overlap(p, x) &&
		w->model != MODEL_SEQUENTIAL)
		w->model = MODEL_HYBRID;
	w->workers = (int)(w->model == MODEL_PROCESSES ? c->processes_peak : c->threads_peak);
	if (w->model == MODEL_SEQUENTIAL || w->workers < 1)
		w->workers = 1;
	w->elastic = c->started > ELASTIC * (size_t)w->workers;
}

/* It serves the outside, and waits for requests rather than computing all the time. */
static bool is_service(const struct profile *p, const struct meaning *x)
{
	double waiting_s = 0;

	if (!server_is_public(x))
		return false;
	if (x->m->target.mode == MEASURED_ATTACH)
		return true; /* even under so much load that it never waits for a request */
	if (!server_was_asked(x) && p->loops_count == 0)
		return false; /* launched, it may as well have listened in vain */
	for (size_t i = 0; i < p->threads_count; i++) {
		const struct profile_thread *t = &p->threads[i];

		if (!x->serving[x->m->threads[i].process])
			continue;
		if (x->loops[i])
			return true;
		waiting_s = fmax(waiting_s,
			t->idle.s[STATE_NETWORK] + t->idle.s[STATE_IPC] + t->idle.s[STATE_POLL]);
	}
	return waiting_s >= p->wall_s / 2;
}

void model_find(struct profile *p, const struct meaning *x, const struct carriers *c)
{
	p->work.service = is_service(p, x);
	model_set(p, x, c);
}
