/*
 * stacks: sites and samples by their chain of calls, the largest ones.
 */
#include "stacks.h"

#include "fit.h"
#include "meaning.h"
#include "profile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beyond these, what is left is one row of each kind: a report stays of a size to be sent about. */
#define STACKS_MOST 1000
#define FRAMES_MOST 4000

static const struct callsite *callsite_of(const struct profile *p, size_t stack)
{
	static const struct callsite none = {0};

	return stack < p->callsites_count ? &p->callsites[stack] : &none;
}

static int size_compare(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int chain_compare(const struct profile *p, size_t a, size_t b)
{
	const struct callsite *x = callsite_of(p, a), *y = callsite_of(p, b);
	size_t least = x->frames_count < y->frames_count ? x->frames_count : y->frames_count;
	int order = 0;

	for (size_t i = 0; i < least && !order; i++)
		order = size_compare(x->frames[i], y->frames[i]);
	return order ? order : size_compare(x->frames_count, y->frames_count);
}

static int stack_compare(const void *a, const void *b, void *context)
{
	const struct profile_stack *x = a, *y = b;
	int order = (int)x->state - (int)y->state; /* computing has states of its own */

	if (!order)
		order = x->idle - y->idle;
	if (!order)
		order = x->rest - y->rest;
	if (!order)
		order = strcmp(x->syscall ? x->syscall : "", y->syscall ? y->syscall : "");
	return order ? order : chain_compare(context, x->stack, y->stack);
}

static int heavier_first(const void *a, const void *b, void *context)
{
	const struct profile_stack *x = a, *y = b;
	int order = (x->weight_s < y->weight_s) - (x->weight_s > y->weight_s);

	return order ? order : stack_compare(a, b, context);
}

/* Rows that are alike become one, in order of their weight. */
static void stacks_merge(struct stacks *s, struct profile *p)
{
	size_t kept = 0;

	qsort_r(s->stacks, s->count, sizeof(*s->stacks), stack_compare, p);
	for (size_t i = 0; i < s->count; i++) {
		struct profile_stack *to = kept > 0 ? &s->stacks[kept - 1] : NULL;

		if (!(s->stacks[i].weight_s > 0))
			continue;
		if (!to || stack_compare(to, &s->stacks[i], p) != 0) {
			s->stacks[kept++] = s->stacks[i];
			continue;
		}
		to->weight_s += s->stacks[i].weight_s;
		to->count += s->stacks[i].count;
	}
	s->count = kept;
	qsort_r(s->stacks, s->count, sizeof(*s->stacks), heavier_first, p);
}

static size_t frames_told(const struct profile *p, const struct profile_stack *s)
{
	size_t count = callsite_of(p, s->stack)->frames_count;

	return count < STACK_FRAMES_MOST ? count : STACK_FRAMES_MOST;
}

/* The smallest lose their chain. */
static void stacks_cut(struct stacks *s, struct profile *p)
{
	size_t frames = 0, i = 0;

	for (; i < s->count && i < STACKS_MOST; i++) {
		frames += frames_told(p, &s->stacks[i]);
		if (frames > FRAMES_MOST)
			break;
	}
	if (i == s->count)
		return;
	for (; i < s->count; i++) {
		s->stacks[i].rest = true;
		s->stacks[i].syscall = NULL;
		s->stacks[i].stack = MEASURED_NONE;
	}
	stacks_merge(s, p);
}

static void stack_put(struct stacks *s, struct profile_stack stack)
{
	s->stacks[s->count++] = stack;
}

/* Of each row of waits, what its sites stand for. */
static void placed_sum(double *placed_ns, const struct measurement *m)
{
	for (size_t i = 0; i < m->sites_count; i++)
		placed_ns[m->sites[i].wait] += (double)m->sites[i].total_ns;
}

static struct profile_stack waiting_at(const struct meaning *x, size_t wait, size_t stack)
{
	return (struct profile_stack){
		.state = x->states[wait],
		.idle = x->purposes[wait] != PURPOSE_WORK,
		.syscall = x->m->waits[wait].syscall,
		.stack = stack,
	};
}

static int waiting_put(struct stacks *s, const struct meaning *x)
{
	const struct measurement *m = x->m;
	double *placed_ns = calloc(m->waits_count + 1, sizeof(*placed_ns));

	if (!placed_ns)
		return -ENOMEM;
	placed_sum(placed_ns, m);
	for (size_t i = 0; i < m->sites_count; i++) {
		const struct measured_site *site = &m->sites[i];
		struct profile_stack stack = waiting_at(x, site->wait, site->stack);

		if (!(placed_ns[site->wait] > 0))
			continue;
		stack.weight_s = (double)site->total_ns / placed_ns[site->wait] *
				 (double)m->waits[site->wait].total_ns / 1e9;
		stack.count = (double)site->count;
		stack_put(s, stack);
	}
	for (size_t i = 0; i < m->waits_count; i++) {
		struct profile_stack stack = waiting_at(x, i, MEASURED_NONE);

		if (placed_ns[i] > 0)
			continue;
		stack.weight_s = (double)m->waits[i].total_ns / 1e9;
		stack.count = (double)m->waits[i].count;
		stack_put(s, stack);
	}
	free(placed_ns);
	return 0;
}

/* Samples of each thread: of those with a stack, if there are any. */
struct sampled {
	double all, placed;
};

static void sampled_count(struct sampled *threads, const struct measurement *m)
{
	for (size_t i = 0; i < m->samples_count; i++) {
		struct sampled *t = &threads[m->samples[i].thread];

		t->all += (double)m->samples[i].count;
		if (m->samples[i].stack != MEASURED_NONE)
			t->placed += (double)m->samples[i].count;
	}
}

static void samples_put(
	struct stacks *s, const struct measurement *m, const struct sampled *threads)
{
	for (size_t i = 0; i < m->samples_count; i++) {
		const struct measured_sample *sample = &m->samples[i];
		const struct sampled *t = &threads[sample->thread];
		double of = t->placed > 0 ? t->placed : t->all;

		if (sample->stack == MEASURED_NONE && t->placed > 0)
			continue;
		stack_put(s, (struct profile_stack){
				     .computing = true,
				     .state = sample->kernel ? STATE_CPU_KERNEL : STATE_CPU_USER,
				     .syscall = sample->kernel ? sample->syscall : NULL,
				     .stack = sample->stack,
				     .weight_s = (double)m->threads[sample->thread].cpu_ns / 1e9 *
						 (double)sample->count / of,
				     .count = NAN,
			     });
	}
}

/* A thread that no sample met computed somewhere too. */
static void unsampled_put(struct stacks *s, const struct profile *p, const struct sampled *threads)
{
	static const enum state modes[] = {STATE_CPU_USER, STATE_CPU_KERNEL};

	for (size_t i = 0; i < p->threads_count; i++)
		for (size_t mode = 0; mode < 2 && !(threads[i].all > 0); mode++)
			stack_put(s, (struct profile_stack){
					     .computing = true,
					     .state = modes[mode],
					     .stack = MEASURED_NONE,
					     .weight_s = p->threads[i].time.s[modes[mode]],
					     .count = NAN,
				     });
}

int stacks_fill(struct profile *p, const struct meaning *x)
{
	const struct measurement *m = x->m;
	struct stacks *s = &p->stacks;
	struct sampled *threads = calloc(m->threads_count + 1, sizeof(*threads));
	size_t most = m->sites_count + m->waits_count + m->samples_count + 2 * m->threads_count;
	int error;

	s->stacks = calloc(most + 1, sizeof(*s->stacks));
	error = threads && s->stacks ? waiting_put(s, x) : -ENOMEM;
	if (!error) {
		sampled_count(threads, m);
		samples_put(s, m, threads);
		unsampled_put(s, p, threads);
		stacks_merge(s, p);
		stacks_cut(s, p);
		FIT(s->stacks, s->count);
	}
	free(threads);
	return error;
}

void stacks_clear(struct stacks *s)
{
	free(s->stacks);
}
