/*
 * thread: sums each thread's waits into states that add up to its time in the window.
 *
 * What the records do not explain of it is `other`, and counted as lost.
 */
#include "thread.h"

#include "meaning.h"
#include "peer.h"
#include "profile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Below this the kernel's ticks are too few for a ratio: ten of them at the slowest tick, 100 Hz.
 */
#define TICKS_ENOUGH_NS 100000000
#define SAMPLES_ENOUGH 10
/* A thread that waited for work for this share of its life is idle: it is one of ten that are
 * needed. */
#define IDLE_SHARE 0.9
/* Time that no record explains is a loss when it is more than the contract's 1 %. */
#define UNEXPLAINED_SHARE 0.01

static const char *const roles[ROLE_COUNT] = {
	[ROLE_MAIN] = "main",
	[ROLE_WORKER] = "worker",
	[ROLE_EVENT_LOOP] = "event-loop",
	[ROLE_IDLE] = "idle",
	[ROLE_COORDINATOR] = "coordinator",
};

const char *role_name(enum role r)
{
	return roles[r];
}

void time_add(struct profile_time *to, const struct profile_time *from)
{
	for (int s = 0; s < STATE_COUNT; s++)
		to->s[s] += from->s[s];
	to->total_s += from->total_s;
}

static void time_count(struct profile_time *t, enum state s, double seconds)
{
	t->s[s] += seconds;
	t->total_s += seconds;
}

double thread_busy_s(const struct profile *p, unsigned long thread)
{
	const struct profile_thread *t = &p->threads[thread];

	return fmax(
		0, t->time.total_s - t->idle.total_s - t->coordinating.total_s - t->unexplained_s);
}

double *thread_processes_busy_s(const struct profile *p)
{
	double *busy_s = calloc(p->measurement->processes_count + 1, sizeof(*busy_s));

	for (size_t i = 0; busy_s && i < p->threads_count; i++)
		busy_s[p->measurement->threads[i].process] += thread_busy_s(p, i);
	return busy_s;
}

double thread_busy_in_s(const struct profile_thread *t, enum state s)
{
	double unexplained_s = s == STATE_OTHER ? t->unexplained_s : 0;

	return fmax(0, t->time.s[s] - t->idle.s[s] - t->coordinating.s[s] - unexplained_s);
}

double thread_carried_s(const struct profile_thread *t)
{
	double sum = 0;

	for (int s = 0; s < STATE_COUNT; s++)
		if (!state_is_contention(s))
			sum += thread_busy_in_s(t, s);
	return sum;
}

struct sampled {
	uint64_t user, kernel;
};

static void samples_count(
	struct sampled *threads, struct sampled *ret_all, const struct measurement *m)
{
	for (size_t i = 0; i < m->samples_count; i++) {
		const struct measured_sample *s = &m->samples[i];
		struct sampled *t = &threads[s->thread];

		*(s->kernel ? &t->kernel : &t->user) += s->count;
		*(s->kernel ? &ret_all->kernel : &ret_all->user) += s->count;
	}
}

static void ticks_count(uint64_t *ret_user, uint64_t *ret_kernel, const struct measurement *m)
{
	*ret_user = *ret_kernel = 0;
	for (size_t i = 0; i < m->threads_count; i++) {
		*ret_user += m->threads[i].cpu_user_ticks_ns;
		*ret_kernel += m->threads[i].cpu_kernel_ticks_ns;
	}
}

static double share_of(uint64_t part, uint64_t rest)
{
	return (double)part / ((double)part + (double)rest);
}

/* The kernel's share of all on-CPU time; 0, as getrusage() has it, where nothing is known. */
static double kernel_share_of_all(const struct measurement *m, const struct sampled *all)
{
	uint64_t user, kernel;

	ticks_count(&user, &kernel, m);
	if (user + kernel >= TICKS_ENOUGH_NS)
		return share_of(kernel, user);
	if (all->user + all->kernel > 0)
		return share_of(all->kernel, all->user);
	return user + kernel > 0 ? share_of(kernel, user) : 0;
}

static double kernel_share(const struct measured_thread *t, const struct sampled *s, double of_all)
{
	if (t->cpu_user_ticks_ns + t->cpu_kernel_ticks_ns >= TICKS_ENOUGH_NS)
		return share_of(t->cpu_kernel_ticks_ns, t->cpu_user_ticks_ns);
	if (s->user + s->kernel >= SAMPLES_ENOUGH)
		return share_of(s->kernel, s->user);
	return of_all;
}

static void cpu_count(struct profile_thread *t, const struct measured_thread *from, double kernel)
{
	double cpu_s = (double)from->cpu_ns / 1e9;

	time_count(&t->time, STATE_CPU_KERNEL, cpu_s * kernel);
	time_count(&t->time, STATE_CPU_USER, cpu_s - cpu_s * kernel);
	time_count(&t->time, STATE_RUN_QUEUE, (double)from->run_queue_ns / 1e9);
}

static void waits_count(struct profile *p, const struct meaning *x)
{
	for (size_t i = 0; i < x->m->waits_count; i++) {
		const struct measured_wait *w = &x->m->waits[i];
		struct profile_thread *t = &p->threads[w->thread];
		double wait_s = (double)w->total_ns / 1e9;

		time_count(&t->time, x->states[i], wait_s);
		if (x->purposes[i] == PURPOSE_IDLE)
			time_count(&t->idle, x->states[i], wait_s);
		else if (x->purposes[i] == PURPOSE_COORDINATING)
			time_count(&t->coordinating, x->states[i], wait_s);
	}
}

/* Makes the states add up: time without a record is `other`. Returns whether that is a loss. */
static bool time_close(struct profile_thread *t, double life_s)
{
	double missing = life_s - t->time.total_s;

	if (missing > 0) {
		time_count(&t->time, STATE_OTHER, missing);
		t->unexplained_s += missing;
	}
	t->wall_s = t->time.total_s;
	return missing > UNEXPLAINED_SHARE * life_s;
}

double thread_computed_s(const struct meaning *x, size_t thread, double begin_s, double end_s)
{
	const struct measured_thread *t = &x->m->threads[thread];
	double since_s = (double)t->start_ns / 1e9, sum = 0, left_s = (double)t->cpu_ns / 1e9;

	for (size_t i = x->first_segment[thread]; i < x->first_segment[thread + 1]; i++) {
		const struct measured_segment *s = &x->m->segments[x->segments[i]];
		double start_s = (double)s->start_ns / 1e9;
		double cpu_s = (double)s->cpu_before_ns / 1e9;

		sum += fmax(0, fmin(cpu_s, fmin(start_s, end_s) - fmax(since_s, begin_s)));
		left_s -= cpu_s;
		since_s = start_s + (double)(s->wait_ns + s->run_queue_ns) / 1e9;
	}
	return sum +
	       fmax(0, fmin(left_s, fmin((double)t->end_ns / 1e9, end_s) - fmax(since_s, begin_s)));
}

double thread_done_s(const struct meaning *x, size_t thread)
{
	size_t end = x->first_segment[thread + 1];
	int64_t ended_ns = x->m->threads[thread].end_ns;
	const struct measured_segment *last;

	if (end == x->first_segment[thread])
		return (double)ended_ns / 1e9;
	last = &x->m->segments[x->segments[end - 1]];
	if (x->purposes[last->wait] == PURPOSE_WORK ||
		ended_ns - last->start_ns > 2 * (int64_t)last->wait_ns)
		return (double)ended_ns / 1e9;
	return (double)last->start_ns / 1e9;
}

/* Who started the others, does the same as they, and waits for those with more of it. */
static bool thread_has_share(const struct profile_thread *t, const struct meaning *x, size_t thread)
{
	return meaning_is_main(x, thread) && t->peer_s > 0;
}

static enum role thread_role(const struct profile *p, const struct meaning *x, size_t thread)
{
	const struct profile_thread *t = &p->threads[thread];

	if (x->loops[thread])
		return ROLE_EVENT_LOOP;
	if (t->wall_s > 0 && t->idle.total_s >= IDLE_SHARE * t->wall_s)
		return ROLE_IDLE;
	if (t->coordinating.total_s > thread_busy_s(p, thread) && !thread_has_share(t, x, thread))
		return ROLE_COORDINATOR;
	return meaning_is_main(x, thread) ? ROLE_MAIN : ROLE_WORKER;
}

static void threads_close(struct profile *p, const struct meaning *x)
{
	for (size_t i = 0; i < p->threads_count; i++) {
		struct profile_thread *t = &p->threads[i];

		if (time_close(t, meaning_thread_life_s(x, i)) && !x->m->threads[i].unaccounted_ns)
			p->lost++;
		t->role = thread_role(p, x, i);
		time_add(&p->time, &t->time);
	}
}

int thread_fill(struct profile *p, const struct meaning *x)
{
	const struct measurement *m = x->m;
	struct sampled *sampled = calloc(m->threads_count + 1, sizeof(*sampled));
	struct sampled all = {0};
	double kernel;
	int error;

	p->threads = calloc(m->threads_count + 1, sizeof(*p->threads));
	if (!sampled || !p->threads) {
		free(sampled);
		return -ENOMEM;
	}
	p->threads_count = m->threads_count;
	samples_count(sampled, &all, m);
	kernel = kernel_share_of_all(m, &all);
	for (size_t i = 0; i < m->threads_count; i++) {
		const struct measured_thread *from = &m->threads[i];

		p->threads[i].measured = i;
		cpu_count(&p->threads[i], from, kernel_share(from, &sampled[i], kernel));
		time_count(&p->threads[i].time, STATE_OTHER,
			(double)(from->stolen_ns + from->unaccounted_ns) / 1e9);
		p->threads[i].unexplained_s = (double)from->unaccounted_ns / 1e9;
		p->lost += from->unaccounted_ns > 0;
	}
	waits_count(p, x);
	error = peer_fill(p, x);
	threads_close(p, x);
	for (size_t i = 0; i < m->losses_count; i++)
		p->lost += m->losses[i].count;
	free(sampled);
	return error;
}
