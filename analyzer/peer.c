/*
 * peer: samples, sorted by process, function and thread.
 */
#include "peer.h"

#include "callsite.h"
#include "margin.h"
#include "meaning.h"
#include "profile.h"

#include "probe/measurement.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Fewer tell nothing: the standard error of a half is a sixth. */
#define SAMPLES_LEAST 10
/* Most of what it computes. */
#define SAME_LEAST 0.5

struct sample {
	size_t process, thread;
	const struct measured_frame *in; /* innermost, but for wrappers and the interpreter's own */
	double count;
};

/* Of each thread: samples that have a chain of calls, and those where others computed, too. */
struct tally {
	double placed, shared;
};

static int sample_order(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	int order;

	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	order = callsite_function_compare(x->in, y->in);
	return order ? order : (x->thread > y->thread) - (x->thread < y->thread);
}

static size_t samples_place(struct sample *to, const struct profile *p, const struct meaning *x)
{
	const struct measurement *m = p->measurement;
	size_t count = 0;

	for (size_t i = 0; i < m->samples_count; i++) {
		const struct measured_sample *s = &m->samples[i];
		const struct measured_frame *in = callsite_innermost(p, s->stack);

		if (in && !x->helpers[s->thread])
			to[count++] = (struct sample){
				m->threads[s->thread].process, s->thread, in, (double)s->count};
	}
	qsort(to, count, sizeof(*to), sample_order);
	return count;
}

static size_t function_end(const struct sample *s, size_t begin, size_t count)
{
	size_t end = begin;

	while (end < count && s[end].process == s[begin].process &&
		callsite_function_compare(s[end].in, s[begin].in) == 0)
		end++;
	return end;
}

/* Samples of one function: shared, unless others have next to none there. Functions without a name
 * are not told apart: any may be another. */
static void function_tally(const struct sample *s, size_t count, struct tally *tallies)
{
	double all = 0;

	for (size_t i = 0; i < count; i++)
		all += s[i].count;
	for (size_t begin = 0, end; begin < count; begin = end) {
		double own = 0;

		for (end = begin; end < count && s[end].thread == s[begin].thread; end++)
			own += s[end].count;
		tallies[s[begin].thread].placed += own;
		if (s[begin].in->function && all - own >= MARGIN * own)
			tallies[s[begin].thread].shared += own;
	}
}

static void threads_tell(struct profile *p, const struct tally *tallies)
{
	for (size_t i = 0; i < p->threads_count; i++) {
		const struct tally *t = &tallies[i];

		if (t->placed >= SAMPLES_LEAST && t->shared >= SAME_LEAST * t->placed)
			p->threads[i].peer_s = (double)p->measurement->threads[i].cpu_ns / 1e9 *
					       t->shared / t->placed;
	}
}

int peer_fill(struct profile *p, const struct meaning *x)
{
	struct sample *samples = calloc(x->m->samples_count + 1, sizeof(*samples));
	struct tally *tallies = calloc(x->m->threads_count + 1, sizeof(*tallies));
	int error = samples && tallies ? 0 : -ENOMEM;

	if (!error) {
		size_t count = samples_place(samples, p, x);

		for (size_t begin = 0, end; begin < count; begin = end) {
			end = function_end(samples, begin, count);
			function_tally(&samples[begin], end - begin, tallies);
		}
		threads_tell(p, tallies);
	}
	free(samples);
	free(tallies);
	return error;
}

/* The peers of one process. */
struct team {
	double most_s, sum_s, count;
};

static double team_uneven_s(const struct team *t, double cpus)
{
	return t->count > 1 ? fmax(0, t->most_s - t->sum_s / fmin(t->count, cpus)) : 0;
}

int peers_uneven(const struct profile *p, double cpus, double *ret_s)
{
	size_t processes = p->measurement->processes_count;
	struct team *teams = calloc(processes + 1, sizeof(*teams));

	*ret_s = 0;
	if (!teams)
		return -ENOMEM;
	for (size_t i = 0; i < p->threads_count; i++) {
		struct team *t = &teams[p->measurement->threads[i].process];

		t->most_s = fmax(t->most_s, p->threads[i].peer_s);
		t->sum_s += p->threads[i].peer_s;
		t->count += p->threads[i].peer_s > 0;
	}
	for (size_t i = 0; i < processes; i++)
		*ret_s = fmax(*ret_s, team_uneven_s(&teams[i], cpus));
	free(teams);
	return 0;
}
