/*
 * loop: event loops.
 *
 * A thread is one if it waits in epoll or an io_uring, or comes round to waits for several files in
 * poll or select; or if samples meet it in such a call, which then always returned at once. Two
 * files in poll or select are also what a server that handles one connection at a time waits for
 * (its listener and a pipe to wake it): such a thread then waits for its connections one by one.
 */
#include "loop.h"

#include "meaning.h"
#include "profile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Iterations that did not sleep are not counted by the probe. Beyond this share of the loop's
 * running time in stretches that hold such ones, the counted ones say nothing. */
#define UNCOUNTED_SHARE 0.1
/* Clinic Doctor calls a loop overloaded from this utilisation on. */
#define SATURATED_SHARE 0.95

/* What a thread did with waits for several files. */
struct rounds {
	uint64_t epolls, rings, polls; /* waits, by call */
	uint64_t samples;              /* met inside epoll or io_uring */
	uint32_t files;                /* most in one poll or select */
	bool asks;                     /* waits for single sockets too */
};

static bool call_is_epoll(const char *syscall)
{
	return syscall &&
	       (strcmp(syscall, "epoll_wait") == 0 || strncmp(syscall, "epoll_pwait", 11) == 0);
}

static bool call_is_ring(const char *syscall)
{
	return syscall && strcmp(syscall, "io_uring_enter") == 0;
}

static void rounds_count(struct rounds *threads, const struct meaning *x)
{
	const struct measurement *m = x->m;

	for (size_t i = 0; i < m->waits_count; i++) {
		const struct measured_wait *w = &m->waits[i];
		struct rounds *r = &threads[w->thread];

		r->asks |= x->states[i] == STATE_NETWORK;
		if (x->states[i] != STATE_POLL)
			continue;
		if (call_is_epoll(w->syscall))
			r->epolls += w->count;
		else if (call_is_ring(w->syscall))
			r->rings += w->count;
		else
			r->polls += w->count;
		if (w->files_polled > r->files)
			r->files = w->files_polled;
	}
	for (size_t i = 0; i < m->samples_count; i++)
		if (call_is_epoll(m->samples[i].syscall) || call_is_ring(m->samples[i].syscall))
			threads[m->samples[i].thread].samples += m->samples[i].count;
}

static bool thread_is_loop(const struct meaning *x, size_t thread, const struct rounds *r)
{
	size_t process = x->m->threads[thread].process;

	/* Go's scheduler polls in whichever thread is free: none of them is a loop of the program.
	 */
	if (meaning_runs(x, process, "go"))
		return false;
	if (r->epolls > 0 || r->rings > 1 || r->samples > 0)
		return true;
	if (meaning_runs(x, process, "node") && meaning_is_main(x, thread))
		return true;
	/* With children, it is rather them that it looks after. */
	if (r->polls < 2 || x->family.children[process] > 0)
		return false;
	return r->files > 2 || !r->asks;
}

/*
 * A Python process that watches files with epoll (asyncio, uvloop, gevent and their like do from
 * start to end) though none of its threads was ever seen to wait there: its main thread is a loop
 * that never gets to wait.
 */
static bool loop_is_starved(const struct meaning *x, size_t process)
{
	const struct measurement *m = x->m;

	if (m->processes[process].watched_files == 0 ||
		(!meaning_runs(x, process, "cpython") && !meaning_runs(x, process, "pypy")))
		return false;
	for (size_t i = 0; i < m->threads_count; i++)
		if (m->threads[i].process == process && x->loops[i])
			return false;
	return true;
}

static void starved_find(struct meaning *x)
{
	for (size_t i = 0; i < x->m->threads_count; i++)
		if (meaning_is_main(x, i) && loop_is_starved(x, x->m->threads[i].process))
			x->loops[i] = true;
}

/*
 * A process per connection that waits in epoll for its one client (PostgreSQL's are built so) is no
 * event loop: those are one or two a CPU, as more of them than CPUs gain nothing.
 */
#define LOOP_PROCESSES_PER_CPU 2
/* A loop that computes less than this share of what its process's main one does is a helper of the
 * runtime (Node has such): it has nothing of the program's under way. */
#define HELPER_SHARE 0.1

static void helpers_dismiss(struct meaning *x, uint64_t *busiest_ns)
{
	const struct measurement *m = x->m;

	for (size_t i = 0; i < m->threads_count; i++) {
		uint64_t *most = &busiest_ns[m->threads[i].process];

		if (x->loops[i] && m->threads[i].cpu_ns > *most)
			*most = m->threads[i].cpu_ns;
	}
	for (size_t i = 0; i < m->threads_count; i++)
		if ((double)m->threads[i].cpu_ns <
			HELPER_SHARE * (double)busiest_ns[m->threads[i].process])
			x->loops[i] = false;
}

static void crowds_dismiss(struct meaning *x, const uint64_t *busiest_ns)
{
	const struct measurement *m = x->m;
	size_t processes = 0;

	for (size_t i = 0; i < m->processes_count; i++)
		processes += busiest_ns[i] > 0;
	if ((double)processes <= LOOP_PROCESSES_PER_CPU * ceil(x->cpus))
		return;
	for (size_t i = 0; i < m->threads_count; i++)
		if (!meaning_runs(x, m->threads[i].process, "node"))
			x->loops[i] = false;
}

int loop_find(struct meaning *x)
{
	const struct measurement *m = x->m;
	struct rounds *threads = calloc(m->threads_count + 1, sizeof(*threads));
	uint64_t *busiest_ns = calloc(m->processes_count + 1, sizeof(*busiest_ns));

	if (!threads || !busiest_ns) {
		free(threads);
		free(busiest_ns);
		return -ENOMEM;
	}
	rounds_count(threads, x);
	for (size_t i = 0; i < m->threads_count; i++)
		x->loops[i] = thread_is_loop(x, i, &threads[i]);
	starved_find(x);
	helpers_dismiss(x, busiest_ns);
	crowds_dismiss(x, busiest_ns);
	free(threads);
	free(busiest_ns);
	return 0;
}

/* The stretches between a loop's polls, as far as each is known to be one iteration. */
struct stretches {
	struct histogram durations;
	uint64_t uncounted_ns;   /* in stretches that hold polls which returned at once */
	uint64_t max_ns;         /* of the others */
	uint64_t compute_max_ns; /* of the others: without the waits in them */
	bool max_known;
};

static void stretch_exclude(struct stretches *s, uint64_t length_ns)
{
	unsigned int bucket = bucket_of(length_ns);

	s->uncounted_ns += length_ns;
	if (bucket < HISTOGRAM_BUCKETS && s->durations.count[bucket] > 0)
		s->durations.count[bucket]--;
}

/* How long the thread was blocked otherwise in the stretch before its segment `last`. */
static uint64_t stretch_blocked_ns(const struct meaning *x, size_t first, size_t last)
{
	const struct measurement *m = x->m;
	const struct measured_segment *poll = &m->segments[x->segments[last]];
	int64_t since_ns = poll->start_ns - (int64_t)poll->stretch_ns;
	uint64_t blocked_ns = poll->waits_before_ns;

	for (size_t i = last; i-- > first;) {
		const struct measured_segment *s = &m->segments[x->segments[i]];

		if (s->start_ns < since_ns || x->states[s->wait] == STATE_POLL)
			break;
		blocked_ns +=
			s->wait_ns + s->run_queue_ns + s->waits_before_ns + s->run_queue_before_ns;
	}
	return blocked_ns;
}

static void stretch_include(
	struct stretches *s, const struct measured_segment *poll, uint64_t blocked_ns)
{
	uint64_t compute_ns = poll->stretch_ns > blocked_ns ? poll->stretch_ns - blocked_ns : 0;

	if (poll->stretch_ns > s->max_ns)
		s->max_ns = poll->stretch_ns;
	if (compute_ns > s->compute_max_ns)
		s->compute_max_ns = compute_ns;
}

static void stretches_read(struct stretches *s, const struct meaning *x, size_t thread)
{
	const struct measured_loop *l = &x->m->threads[thread].loop;
	size_t first = x->first_segment[thread], end = x->first_segment[thread + 1];

	s->durations = l->durations;
	for (size_t i = first; i < end; i++) {
		const struct measured_segment *poll = &x->m->segments[x->segments[i]];

		if (x->states[poll->wait] != STATE_POLL || poll->stretch_ns == 0)
			continue;
		if (poll->stretch_poll_samples > 0)
			stretch_exclude(s, poll->stretch_ns);
		else
			stretch_include(s, poll, stretch_blocked_ns(x, first, i));
	}
	/* The longest one may have been kept in the sums alone. */
	if (s->uncounted_ns == 0 && l->stretch_max_ns > s->max_ns)
		s->max_ns = l->stretch_max_ns;
	s->max_known = l->stretches > 0 && s->max_ns > 0;
}

static void lags_fill(struct profile_loop *loop, const struct meaning *x, size_t thread)
{
	const struct measured_loop *l = &x->m->threads[thread].loop;
	struct stretches s = {0};

	stretches_read(&s, x, thread);
	loop->iterations = (int64_t)l->polls;
	if (l->polls == 0 || (double)s.uncounted_ns > UNCOUNTED_SHARE * (double)l->stretch_ns)
		loop->iterations = -1;
	/* Where most of the time is in stretches of many iterations, the rest is not the loop's
	 * usual one. */
	if (s.uncounted_ns > l->stretch_ns / 2)
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

static bool wait_is_blocking(const struct meaning *x, size_t wait)
{
	return x->states[wait] != STATE_POLL && x->states[wait] != STATE_STOPPED &&
	       x->purposes[wait] != PURPOSE_IDLE;
}

static struct profile_blocking *blocking_find(
	struct profile_loop *l, enum state state, const char *syscall)
{
	for (size_t i = 0; i < l->blocking_count; i++) {
		const char *other = l->blocking[i].syscall;

		if (l->blocking[i].state == state &&
			(syscall == other || (syscall && other && strcmp(syscall, other) == 0)))
			return &l->blocking[i];
	}
	return NULL;
}

static int blocking_count(struct profile_loop *l, enum state state, const struct measured_wait *w)
{
	struct profile_blocking *b = blocking_find(l, state, w->syscall);

	if (!b) {
		b = realloc(l->blocking, (l->blocking_count + 1) * sizeof(*b));
		if (!b)
			return -ENOMEM;
		l->blocking = b;
		b = &b[l->blocking_count++];
		*b = (struct profile_blocking){.state = state, .syscall = w->syscall};
	}
	b->count += w->count;
	b->total_s += (double)w->total_ns / 1e9;
	b->max_s = fmax(b->max_s, (double)w->max_ns / 1e9);
	return 0;
}

static int blocking_compare(const void *a, const void *b)
{
	const struct profile_blocking *x = a, *y = b;

	return (x->total_s < y->total_s) - (x->total_s > y->total_s);
}

static double busy_share(const struct profile_thread *t)
{
	return t->wall_s > 0 ? fmax(0, 1 - t->time.s[STATE_POLL] / t->wall_s) : NAN;
}

/* With CPUs to be had: what it waited for one is the others' load. */
static double capacity(const struct profile_thread *t)
{
	double busy_s = t->wall_s - t->time.s[STATE_POLL] - t->time.s[STATE_RUN_QUEUE];

	return busy_s > 0 ? t->wall_s / busy_s : NAN;
}

static bool sampled_polling(const struct meaning *x, size_t thread)
{
	for (size_t i = 0; i < x->m->samples_count; i++)
		if (x->m->samples[i].thread == thread &&
			(call_is_epoll(x->m->samples[i].syscall) ||
				call_is_ring(x->m->samples[i].syscall)))
			return true;
	return false;
}

static void loop_describe(struct profile_loop *l, const struct profile *p, const struct meaning *x)
{
	const struct profile_thread *t = &p->threads[l->thread];
	size_t process = x->m->threads[t->measured].process;

	l->lag_p50_s = l->lag_p99_s = l->lag_max_s = l->compute_max_s = NAN;
	l->busy_share = busy_share(t);
	l->saturated = l->busy_share >= SATURATED_SHARE && sampled_polling(x, l->thread);
	l->capacity = x->serving[process] ? capacity(t) : NAN;
	lags_fill(l, x, l->thread);
}

int loop_fill(struct profile *p, const struct meaning *x)
{
	size_t *of_thread = calloc(p->threads_count + 1, sizeof(*of_thread));
	size_t count = 0;
	int error = of_thread ? 0 : -ENOMEM;

	for (size_t i = 0; i < p->threads_count; i++)
		count += x->loops[i];
	p->loops = calloc(count + 1, sizeof(*p->loops));
	if (!p->loops)
		error = -ENOMEM;
	for (size_t i = 0; i < p->threads_count && !error; i++) {
		if (!x->loops[i])
			continue;
		of_thread[i] = p->loops_count;
		p->loops[p->loops_count].thread = i;
		loop_describe(&p->loops[p->loops_count++], p, x);
	}
	for (size_t i = 0; i < x->m->waits_count && !error; i++) {
		size_t thread = x->m->waits[i].thread;

		if (x->loops[thread] && wait_is_blocking(x, i))
			error = blocking_count(
				&p->loops[of_thread[thread]], x->states[i], &x->m->waits[i]);
	}
	for (size_t i = 0; i < p->loops_count && !error; i++)
		if (p->loops[i].blocking_count > 1)
			qsort(p->loops[i].blocking, p->loops[i].blocking_count,
				sizeof(*p->loops[i].blocking), blocking_compare);
	free(of_thread);
	return error;
}
