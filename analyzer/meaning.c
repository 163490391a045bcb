/*
 * meaning: works out what each row of a measurement means, in the order in which one thing rests on
 * another: endpoints and states from the rows alone, then loops, servers, global locks, purposes.
 */
#include "meaning.h"

#include "acceptor.h"
#include "caller.h"
#include "exchange.h"
#include "follower.h"
#include "global_lock.h"
#include "helper.h"
#include "main_thread.h"
#include "margin.h"
#include "one_by_one.h"
#include "python_lock.h"
#include "round.h"
#include "ruby_poll.h"
#include "server.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double meaning_thread_span_s(const struct meaning *x, size_t thread)
{
	const struct measured_thread *t = &x->m->threads[thread];
	int64_t wall = (int64_t)x->m->wall_ns;
	int64_t end = t->end_ns < wall ? t->end_ns : wall;

	return end > t->start_ns ? (double)(end - t->start_ns) / 1e9 : 0;
}

double meaning_thread_life_s(const struct meaning *x, size_t thread)
{
	double vacant_s = (double)x->m->threads[thread].vacant_ns / 1e9;

	return fmax(0, meaning_thread_span_s(x, thread) - vacant_s);
}

double meaning_processes(const struct meaning *x, size_t process)
{
	return 1 + (double)x->m->processes[process].earlier;
}

double meaning_process_each_s(const struct meaning *x, const double *processes_s, size_t process)
{
	return processes_s[process] / meaning_processes(x, process);
}

double meaning_threads(const struct meaning *x, size_t thread)
{
	return 1 + (double)x->m->threads[thread].earlier;
}

bool meaning_is_main(const struct meaning *x, size_t thread)
{
	return x->mains[thread];
}

const struct measured_runtime *meaning_runtime(const struct meaning *x, size_t process, size_t n)
{
	size_t at = x->first_runtime[process] + n;

	return at < x->first_runtime[process + 1] ? &x->m->runtimes[x->runtimes[at]] : NULL;
}

bool meaning_runs(const struct meaning *x, size_t process, const char *runtime)
{
	const struct measured_runtime *r;

	for (size_t n = 0; (r = meaning_runtime(x, process, n)); n++)
		if (strcmp(r->name, runtime) == 0)
			return true;
	return false;
}

bool meaning_stands_still(const struct meaning *x, size_t wait)
{
	const struct measured_wait *w = &x->m->waits[wait];

	return w->open == w->count &&
	       (double)w->total_ns / 1e9 >= (1 - MARGIN) * meaning_thread_life_s(x, w->thread);
}

bool meaning_schedules(const struct meaning *x, size_t process)
{
	return meaning_runs(x, process, "go") || meaning_runs(x, process, "beam");
}

const struct measured_runtime *meaning_interpreter(const struct meaning *x, size_t process)
{
	const struct measured_runtime *r;

	for (size_t n = 0; (r = meaning_runtime(x, process, n)); n++)
		if (r->global_lock)
			return r;
	return NULL;
}

static double cpus_usable(const struct measured_host *h)
{
	double cpus = h->cpus_online;

	if (h->cpus_allowed > 0 && (cpus <= 0 || h->cpus_allowed < cpus))
		cpus = h->cpus_allowed;
	if (h->cpu_quota > 0 && h->cpu_quota < cpus) /* false for NAN */
		cpus = h->cpu_quota;
	return cpus > 0 ? cpus : 1;
}

/* Rows sorted by what they belong to, each of which has its own in the measurement's order. */
struct sorting {
	size_t rows, owners;
	size_t (*owner)(const struct measurement *m, size_t row);
	size_t *sorted, *first;
};

static size_t segment_owner(const struct measurement *m, size_t row)
{
	return m->waits[m->segments[row].wait].thread;
}

static size_t wait_owner(const struct measurement *m, size_t row)
{
	return m->waits[row].thread;
}

static size_t runtime_owner(const struct measurement *m, size_t row)
{
	return m->runtimes[row].process;
}

static void rows_sort(const struct measurement *m, const struct sorting *s)
{
	size_t *next = s->first;

	for (size_t i = 0; i < s->rows; i++)
		next[s->owner(m, i) + 1]++;
	for (size_t i = 0; i < s->owners; i++)
		next[i + 1] += next[i];
	for (size_t i = 0; i < s->rows; i++)
		s->sorted[next[s->owner(m, i)]++] = i;
	/* Each start has moved to its end, which is the next one's start. */
	memmove(next + 1, next, s->owners * sizeof(*next));
	next[0] = 0;
}

static void rows_index(struct meaning *x)
{
	const struct measurement *m = x->m;
	struct sorting segments = {
		m->segments_count, m->threads_count, segment_owner, x->segments, x->first_segment};
	struct sorting waits = {
		m->waits_count, m->threads_count, wait_owner, x->waits, x->first_wait};
	struct sorting runtimes = {m->runtimes_count, m->processes_count, runtime_owner,
		x->runtimes, x->first_runtime};

	rows_sort(m, &segments);
	rows_sort(m, &waits);
	rows_sort(m, &runtimes);
}

static int meaning_fill(struct meaning *x)
{
	const struct measurement *m = x->m;
	int error;

	rows_index(x);
	main_thread_find(x);
	helper_find(x);
	error = family_fill(&x->family, m);
	for (size_t i = 0; i < m->waits_count && !error; i++)
		x->states[i] = state_of_wait(x, &m->waits[i]);
	if (!error)
		error = python_lock_find(x);
	if (!error)
		error = caller_find(x);
	if (error)
		return error;
	acceptor_find(x);
	error = round_find(x);
	if (!error)
		error = follower_find(x);
	if (!error)
		error = global_lock_find(x);
	if (error)
		return error;
	error = server_find(x);
	if (!error)
		error = exchanges_await(x, x->awaited);
	if (!error)
		ruby_poll_find(x);
	if (!error)
		error = one_by_one_find(x);
	return error ? error : purpose_fill(x);
}

struct meaning *meaning_new(const struct measurement *m)
{
	struct meaning *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->m = m;
	x->cpus = cpus_usable(&m->host);
	x->endpoints = endpoint_list(m);
	x->states = calloc(m->waits_count + 1, sizeof(*x->states));
	x->purposes = calloc(m->waits_count + 1, sizeof(*x->purposes));
	x->mains = calloc(m->threads_count + 1, sizeof(*x->mains));
	x->helpers = calloc(m->threads_count + 1, sizeof(*x->helpers));
	x->acceptors = calloc(m->threads_count + 1, sizeof(*x->acceptors));
	x->loops = calloc(m->threads_count + 1, sizeof(*x->loops));
	x->followers = calloc(m->threads_count + 1, sizeof(*x->followers));
	x->awaited = calloc(m->threads_count + 1, sizeof(*x->awaited));
	x->one_by_one = calloc(m->processes_count + 1, sizeof(*x->one_by_one));
	x->serving = calloc(m->processes_count + 1, sizeof(*x->serving));
	x->asking = calloc(m->processes_count + 1, sizeof(*x->asking));
	x->hosted = calloc(m->processes_count + 1, sizeof(*x->hosted));
	x->hosting = calloc(m->threads_count + 1, sizeof(*x->hosting));
	x->global_locks = calloc(m->processes_count + 1, sizeof(*x->global_locks));
	x->segments = calloc(m->segments_count + 1, sizeof(*x->segments));
	x->first_segment = calloc(m->threads_count + 2, sizeof(*x->first_segment));
	x->waits = calloc(m->waits_count + 1, sizeof(*x->waits));
	x->first_wait = calloc(m->threads_count + 2, sizeof(*x->first_wait));
	x->runtimes = calloc(m->runtimes_count + 1, sizeof(*x->runtimes));
	x->first_runtime = calloc(m->processes_count + 2, sizeof(*x->first_runtime));
	if (x->endpoints && x->states && x->purposes && x->mains && x->helpers && x->acceptors &&
		x->loops && x->followers && x->awaited && x->one_by_one && x->serving &&
		x->asking && x->hosted && x->hosting && x->global_locks && x->segments &&
		x->first_segment && x->waits && x->first_wait && x->runtimes && x->first_runtime &&
		meaning_fill(x) == 0)
		return x;
	meaning_free(x);
	return NULL;
}

void meaning_free(struct meaning *x)
{
	if (!x)
		return;
	family_clear(&x->family);
	free(x->endpoints);
	free(x->states);
	free(x->purposes);
	free(x->mains);
	free(x->helpers);
	free(x->acceptors);
	free(x->loops);
	free(x->followers);
	free(x->awaited);
	free(x->one_by_one);
	free(x->serving);
	free(x->asking);
	free(x->hosted);
	free(x->hosting);
	free(x->global_locks);
	free(x->segments);
	free(x->first_segment);
	free(x->waits);
	free(x->first_wait);
	free(x->runtimes);
	free(x->first_runtime);
	free(x);
}
