/*
 * interpreter: what on-CPU samples and waits tell of a runtime's global lock.
 */
#include "interpreter.h"

#include "meaning.h"
#include "profile.h"
#include "state.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* With fewer samples than this of a process, the share found in all processes stands for it: the
 * standard error of a share from 30 samples is under 0.1. */
#define SAMPLES_ENOUGH 30

struct held {
	uint64_t by_thread, not_by_thread; /* samples */
	uint64_t called;                   /* of not_by_thread, in a system call */
};

static double held_share(const struct held *h)
{
	uint64_t known = h->by_thread + h->not_by_thread;

	return known ? (double)h->by_thread / (double)known : NAN;
}

static double called_share(const struct held *h)
{
	return h->not_by_thread >= SAMPLES_ENOUGH ? (double)h->called / (double)h->not_by_thread
						  : 1;
}

static void held_count(struct held *processes, struct held *ret_all, const struct meaning *x)
{
	for (size_t i = 0; i < x->m->samples_count; i++) {
		const struct measured_sample *s = &x->m->samples[i];
		struct held *h = &processes[x->m->threads[s->thread].process];

		if (s->lock_held < 0 || !meaning_interpreter(x, x->m->threads[s->thread].process))
			continue;
		*(s->lock_held ? &h->by_thread : &h->not_by_thread) += s->count;
		*(s->lock_held ? &ret_all->by_thread : &ret_all->not_by_thread) += s->count;
		ret_all->called += !s->lock_held && s->syscall ? s->count : 0;
	}
}

/* The share of a process's computing that needs the lock. */
static double locked_share(const struct held *own, const struct held *all)
{
	double share = own->by_thread + own->not_by_thread >= SAMPLES_ENOUGH ? held_share(own)
									     : held_share(all);

	return isnan(share) ? 1 : share;
}

/* Of what is computed, the system calls that threads take turns with: those for futexes. */
static double turns_share(const struct meaning *x)
{
	double turns = 0, all = 0;

	for (size_t i = 0; i < x->m->samples_count; i++) {
		const struct measured_sample *s = &x->m->samples[i];

		all += (double)s->count;
		if (state_call_is_futex(s->syscall))
			turns += (double)s->count;
	}
	return all >= SAMPLES_ENOUGH ? turns / all : NAN;
}

static double *computing_sum(const struct meaning *x)
{
	double *processes = calloc(x->m->processes_count + 1, sizeof(*processes));

	for (size_t i = 0; processes && i < x->m->threads_count; i++)
		processes[x->m->threads[i].process] += (double)x->m->threads[i].cpu_ns / 1e9;
	return processes;
}

int interpreter_held(const struct meaning *x, double *ret_held_s)
{
	struct held *held = calloc(x->m->processes_count + 1, sizeof(*held)), all = {0};
	double *cpu_s = computing_sum(x);
	int error = held && cpu_s ? 0 : -ENOMEM;

	if (!error)
		held_count(held, &all, x);
	for (size_t i = 0; i < x->m->processes_count && !error; i++)
		ret_held_s[i] =
			meaning_interpreter(x, i) ? cpu_s[i] * locked_share(&held[i], &all) : 0;
	free(cpu_s);
	free(held);
	return error;
}

int interpreter_fill(struct profile *p, const struct meaning *x, double *ret_locked_share)
{
	struct profile_interpreter *in = &p->interpreter;
	struct held *held = calloc(x->m->processes_count + 1, sizeof(*held)), all = {0};
	double *cpu_s = computing_sum(x);

	if (!held || !cpu_s) {
		free(held);
		free(cpu_s);
		return -ENOMEM;
	}
	held_count(held, &all, x);
	in->held_share = held_share(&all);
	in->free_cpu_share = 1 - in->held_share;
	in->called_share = called_share(&all);
	in->wait_s = p->time.s[STATE_INTERPRETER_LOCK];
	in->turns_share = turns_share(x);
	for (size_t i = 0; i < x->m->processes_count; i++) {
		bool present = meaning_interpreter(x, i) != NULL;

		ret_locked_share[i] = present ? locked_share(&held[i], &all) : 0;
		in->present |= present;
		if (p->wall_s > 0)
			in->utilization =
				fmax(in->utilization, ret_locked_share[i] * cpu_s[i] / p->wall_s);
	}
	if (!in->present)
		in->held_share = in->free_cpu_share = in->utilization = NAN;
	free(cpu_s);
	free(held);
	return 0;
}
