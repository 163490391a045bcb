/*
 * stretch: lags from the stretches between a loop's polls.
 *
 * Where looks that return at once are watched, they end stretches too. Elsewhere a long stretch in
 * the midst of which samples met such ones held several iterations: its length is no lag, and is
 * left out.
 */
#include "stretch.h"

#include "looks.h"
#include "margin.h"
#include "meaning.h"
#include "profile.h"

#include <math.h>

/* Iterations that did not sleep are not counted but where they are watched. Beyond this share of
 * the loop's running time in stretches that hold such ones, the counted ones say nothing. */
#define UNCOUNTED_SHARE 0.1

/* The stretches between a loop's polls, as far as each is known to be one iteration. */
struct stretches {
	struct histogram durations;
	uint64_t uncounted_ns;   /* in stretches that hold polls which returned at once */
	uint64_t max_ns;         /* of the others */
	uint64_t compute_max_ns; /* of the others: without the waits in them */
	bool max_known;
};

bool stretch_is_one_round(uint64_t gap_ns, uint64_t stretch_ns)
{
	return (double)gap_ns >= (1 - UNCOUNTED_SHARE) * (double)stretch_ns;
}

bool stretch_is_watched(
	const struct measurement *m, size_t thread, int64_t start_ns, int64_t end_ns)
{
	const struct measured_process *p = &m->processes[m->threads[thread].process];

	return m->threads[thread].loop.at_once > 0 && start_ns >= p->polls_start_ns &&
	       end_ns <= p->polls_end_ns;
}

/* The longest part of it that is known to be one round. */
static uint64_t stretch_gap_ns(const struct measurement *m, size_t thread,
	const struct looks *looks, const struct measured_segment *poll)
{
	int64_t start_ns = poll->start_ns - (int64_t)poll->stretch_ns;

	if (stretch_is_watched(m, thread, start_ns, poll->start_ns))
		return poll->stretch_ns;
	if (poll->stretch_poll_samples > 0)
		return poll->stretch_gap_ns;
	return looks_could_be_missed(looks, poll->stretch_samples) ? 0 : poll->stretch_ns;
}

static void stretch_exclude(struct stretches *s, uint64_t length_ns)
{
	uint32_t *count = &s->durations.count[histogram_bucket(length_ns)];

	s->uncounted_ns += length_ns;
	*count -= *count > 0;
}

/*
 * What the thread computed in the stretch before its segment `last`: as long as it was not blocked,
 * and no longer than it was on a CPU since its segments of other waits began in it. Where looks
 * that returned at once end stretches too, segments tell of several: then what it was off the CPU
 * in this one is known.
 */
static uint64_t stretch_computed_ns(const struct meaning *x, size_t first, size_t last)
{
	const struct measurement *m = x->m;
	const struct measured_segment *poll = &m->segments[x->segments[last]];
	int64_t since_ns = poll->start_ns - (int64_t)poll->stretch_ns;
	uint64_t blocked_ns = poll->waits_before_ns, cpu_ns = poll->cpu_before_ns;

	if (m->threads[m->waits[poll->wait].thread].loop.at_once > 0)
		return poll->stretch_ns > poll->stretch_away_ns
			       ? poll->stretch_ns - poll->stretch_away_ns
			       : 0;
	for (size_t i = last; i-- > first;) {
		const struct measured_segment *s = &m->segments[x->segments[i]];

		if (s->start_ns < since_ns || x->states[s->wait] == STATE_POLL)
			break;
		cpu_ns += s->cpu_before_ns;
		blocked_ns += s->wait_ns + s->run_queue_ns + s->waits_before_ns;
	}
	if (blocked_ns >= poll->stretch_ns)
		return 0;
	return poll->stretch_ns - blocked_ns < cpu_ns ? poll->stretch_ns - blocked_ns : cpu_ns;
}

static void stretch_include(
	struct stretches *s, const struct measured_segment *poll, uint64_t compute_ns)
{
	if (poll->stretch_ns > s->max_ns)
		s->max_ns = poll->stretch_ns;
	if (compute_ns > s->compute_max_ns)
		s->compute_max_ns = compute_ns;
}

/* A loop that hardly ever sleeps makes many rounds in a stretch, whether samples met its looks in
 * that one or in others; one that sleeps has shown its rounds. */
static void stretches_read(
	struct stretches *s, const struct meaning *x, size_t thread, bool saturated)
{
	const struct measured_loop *l = &x->m->threads[thread].loop;
	size_t first = x->first_segment[thread], end = x->first_segment[thread + 1];
	struct looks looks = {0};

	*s = (struct stretches){
		.max_ns = l->at_once_max_ns, .compute_max_ns = l->at_once_computed_max_ns};
	durations_merge(&s->durations, &l->durations);
	if (saturated)
		looks = looks_of_stretches(x, thread);
	for (size_t i = first; i < end; i++) {
		const struct measured_segment *poll = &x->m->segments[x->segments[i]];

		if (x->states[poll->wait] != STATE_POLL || poll->stretch_ns == 0)
			continue;
		if (stretch_is_one_round(
			    stretch_gap_ns(x->m, thread, &looks, poll), poll->stretch_ns))
			stretch_include(s, poll, stretch_computed_ns(x, first, i));
		else
			stretch_exclude(s, poll->stretch_ns);
	}
	/* The longest one may have been kept in the sums alone. */
	if (s->uncounted_ns == 0 && l->stretch_max_ns > s->max_ns)
		s->max_ns = l->stretch_max_ns;
	s->max_known = l->stretches > 0 && s->max_ns > 0;
}

/* Of the bucket in which the limit lies nobody knows. */
static int64_t stalls_count(const struct histogram *durations)
{
	int64_t count = 0;

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		if ((double)histogram_edge_ns(i) >= STALL_S * 1e9)
			count += durations->count[i];
	return count;
}

/* When it first waited for events, or was seen to look for them, from the thread's start; until
 * then it was set up. */
static double setup_s(const struct meaning *x, size_t thread)
{
	const struct measured_thread *t = &x->m->threads[thread];
	int64_t start_ns = t->start_ns, end_ns = INT64_MAX;

	if (t->loop.at_once > 0)
		end_ns = x->m->processes[t->process].polls_start_ns;
	for (size_t i = x->first_segment[thread]; i < x->first_segment[thread + 1]; i++) {
		const struct measured_segment *s = &x->m->segments[x->segments[i]];

		if (s->start_ns >= end_ns)
			break;
		if (x->states[s->wait] == STATE_POLL)
			end_ns = s->start_ns;
	}
	return end_ns < INT64_MAX && end_ns > start_ns ? (double)(end_ns - start_ns) / 1e9 : 0;
}

/* What of its life is neither in its waits for events nor in the stretches between: a loop that
 * never came round to another such wait may have stalled since, or have been none any more. */
static double unseen_s(const struct profile *p, const struct meaning *x, size_t thread)
{
	const struct profile_thread *t = &p->threads[thread];
	double stretch_s = (double)x->m->threads[thread].loop.stretch_ns / 1e9;

	return t->wall_s - t->time.s[STATE_POLL] - stretch_s - setup_s(x, thread);
}

/* It may have looked for events in what is not seen. */
static bool is_lost_sight_of(const struct profile *p, const struct meaning *x, size_t thread)
{
	const struct measured_thread *t = &x->m->threads[thread];
	int64_t wall_ns = (int64_t)x->m->wall_ns,
		end_ns = t->end_ns < wall_ns ? t->end_ns : wall_ns;

	double unseen = unseen_s(p, x, thread);

	return !stretch_is_watched(x->m, thread, end_ns, end_ns) &&
	       unseen > MARGIN * p->threads[thread].wall_s &&
	       2 * unseen > (double)t->loop.stretch_ns / 1e9;
}

void stretch_fill(
	struct profile_loop *loop, const struct profile *p, const struct meaning *x, size_t thread)
{
	const struct measured_loop *l = &x->m->threads[thread].loop;
	bool lost = is_lost_sight_of(p, x, thread);
	struct stretches s;

	stretches_read(&s, x, thread, loop->saturated);
	loop->stalls_seen = loop->iterations = -1;
	/* Who looks now and then does not see that a loop polled and went on at once. Where others
	 * look for events as well, from one look to the next nothing is kept waiting. */
	if (x->m->look_ns > 0 || x->followers[thread])
		return;
	loop->iterations = (int64_t)(l->polls + l->at_once);
	if (lost || loop->iterations == 0 ||
		(double)s.uncounted_ns > UNCOUNTED_SHARE * (double)l->stretch_ns)
		loop->iterations = -1;
	if (loop->iterations >= 0 && unseen_s(p, x, thread) <= MARGIN * p->threads[thread].wall_s)
		loop->stalls_seen = stalls_count(&s.durations);
	/* Where most of the time is in stretches of many iterations, or not seen, the rest is not
	 * the loop's usual one. */
	if (lost || s.uncounted_ns > l->stretch_ns / 2)
		return;
	loop->lag_p50_s = histogram_quantile_ns(&s.durations, 0.5) / 1e9;
	loop->lag_p99_s = histogram_quantile_ns(&s.durations, 0.99) / 1e9;
	if (!s.max_known)
		return;
	loop->lag_max_s = (double)s.max_ns / 1e9;
	/* A quantile is the middle of a bucket: never beyond the exact maximum. */
	loop->lag_p50_s = fmin(loop->lag_p50_s, loop->lag_max_s);
	loop->lag_p99_s = fmin(loop->lag_p99_s, loop->lag_max_s);
	loop->compute_max_s = s.compute_max_ns > 0 ? (double)s.compute_max_ns / 1e9 : NAN;
}
