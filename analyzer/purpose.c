/*
 * purpose: what each wait is for.
 *
 * Most is told by the state and, of a socket, by which end it is. What is left is waiting for
 * something that another thread or process of the target hands over: a task, a result, a join. That
 * is others' time, so it is never work; it is coordinating if the others were busy for at least
 * half of it, and else idle.
 */
#include "purpose.h"

#include "exchange.h"
#include "margin.h"
#include "meaning.h"
#include "pause.h"

#include <errno.h>
#include <stdlib.h>

/* What others did while a thread waited, in seconds. */
struct business {
	bool *pausing;       /* see pause.h */
	double *threads;     /* busy */
	double *processes;   /* the same, of all threads */
	double *descendants; /* of all processes below */
	double *handed;      /* each thread's waiting that is to be judged */
	double *polled;      /* of it, a loop's for events */
};

static bool thread_has_family(const struct meaning *x, size_t thread)
{
	return x->m->processes_count > 1 || x->family.threads[x->m->threads[thread].process] > 1;
}

static enum purpose handed_or_work(const struct meaning *x, size_t thread)
{
	return thread_has_family(x, thread) ? PURPOSE_HANDED : PURPOSE_WORK;
}

static enum endpoint wait_endpoint(const struct meaning *x, const struct measured_wait *w)
{
	return w->file == MEASURED_NONE ? ENDPOINT_NONE : x->endpoints[w->file];
}

/* Channels without a name lead to a relative: they are inherited. */
static bool wait_is_named(const struct meaning *x, const struct measured_wait *w)
{
	const struct measured_file *f = w->file == MEASURED_NONE ? NULL : &x->m->files[w->file];

	return f && (f->kind == FILE_SOCKET || f->kind == FILE_PIPE) &&
	       (f->path || f->local || f->peer);
}

/* One thread of a service waited all along for what did not come: for news, as of a queue. Where
 * several did, requests take so long. */
static bool wait_is_subscription(const struct meaning *x, size_t wait)
{
	size_t file = x->m->waits[wait].file;

	if (!meaning_stands_still(x, wait))
		return false;
	for (size_t i = 0; i < x->m->waits_count; i++)
		if (i != wait && x->m->waits[i].file == file)
			return false;
	return true;
}

static enum purpose channel_purpose(const struct meaning *x, size_t wait)
{
	const struct measured_wait *w = &x->m->waits[wait];
	size_t process = x->m->threads[w->thread].process;

	switch (wait_endpoint(x, w)) {
	case ENDPOINT_LISTENING:
	case ENDPOINT_ACCEPTED:
		return PURPOSE_IDLE;
	default:
		if (x->serving[process] && wait_is_subscription(x, wait))
			return PURPOSE_IDLE;
		return wait_is_named(x, w) ? PURPOSE_WORK : handed_or_work(x, w->thread);
	}
}

/* A loop that asks nobody anything, and has children that serve: it waits for what befalls them. */
static bool loop_tends_servers(const struct meaning *x, size_t thread)
{
	bool tends = false;

	for (size_t i = 0; i < x->m->processes_count; i++)
		tends |= x->serving[i] && x->family.parent[i] == x->m->threads[thread].process;
	return tends && !(x->awaited[thread].some_s > 0);
}

static enum purpose poll_purpose(const struct meaning *x, const struct measured_wait *w)
{
	size_t process = x->m->threads[w->thread].process;

	/* A runtime's scheduler polls on behalf of all goroutines, as a loop does for its tasks. */
	if (!x->loops[w->thread] && !meaning_schedules(x, process))
		return handed_or_work(x, w->thread);
	if (x->serving[process] || loop_tends_servers(x, w->thread))
		return PURPOSE_IDLE;
	return PURPOSE_LOOP;
}

static enum purpose first_purpose(const struct meaning *x, size_t wait)
{
	const struct measured_wait *w = &x->m->waits[wait];
	size_t process = x->m->threads[w->thread].process;

	/* Who asked it waits; a runtime's own thread is asked by the runtime. */
	if (x->hosting[w->thread] || x->helpers[w->thread])
		return PURPOSE_IDLE;
	switch (x->states[wait]) {
	case STATE_STOPPED:
	case STATE_TERMINAL:
		return PURPOSE_IDLE;
	case STATE_NETWORK:
	case STATE_IPC:
		if (x->states[wait] == STATE_NETWORK && wait_endpoint(x, w) == ENDPOINT_NONE)
			return PURPOSE_WORK;
		return channel_purpose(x, wait);
	case STATE_SYNC:
		return x->followers[w->thread] ? PURPOSE_IDLE : handed_or_work(x, w->thread);
	case STATE_CHILD:
		return x->family.children[process] ? PURPOSE_COORDINATING : PURPOSE_WORK;
	case STATE_POLL:
		return poll_purpose(x, w);
	case STATE_SLEEP: /* of Go only the scheduler's own monitor sleeps in the kernel */
		return meaning_schedules(x, process) ? PURPOSE_IDLE : PURPOSE_WORK;
	case STATE_OTHER: /* a thread for signals does nothing until one comes */
		return state_call_is_signal(w->syscall) ? handed_or_work(x, w->thread)
							: PURPOSE_WORK;
	default:
		return PURPOSE_WORK;
	}
}

/* They end when others are done, or never: they are others' time. */
static void pauses_open(struct meaning *x, const bool *pausing)
{
	for (size_t i = 0; i < x->m->waits_count; i++)
		if (x->states[i] == STATE_SLEEP && pausing[x->m->waits[i].thread])
			x->purposes[i] = PURPOSE_HANDED;
}

static bool purpose_is_open(enum purpose p)
{
	return p == PURPOSE_HANDED || p == PURPOSE_LOOP;
}

static void business_sum(struct business *b, const struct meaning *x)
{
	const struct measurement *m = x->m;

	for (size_t i = 0; i < m->threads_count; i++)
		b->threads[i] = (double)(m->threads[i].cpu_ns + m->threads[i].run_queue_ns) / 1e9;
	for (size_t i = 0; i < m->waits_count; i++) {
		double wait_s = (double)m->waits[i].total_ns / 1e9;

		if (x->purposes[i] == PURPOSE_WORK)
			b->threads[m->waits[i].thread] += wait_s;
		else if (purpose_is_open(x->purposes[i]))
			b->handed[m->waits[i].thread] += wait_s;
		if (x->purposes[i] == PURPOSE_LOOP)
			b->polled[m->waits[i].thread] += wait_s;
	}
	for (size_t i = 0; i < m->threads_count; i++)
		b->processes[m->threads[i].process] += b->threads[i];
	family_sum(&x->family, m->processes_count, b->processes, b->descendants);
}

/* What a loop asked for over connections was under way nearly whenever it waited: whatever others
 * of its process did, it did not wait for them. */
static bool asks_throughout(const struct meaning *x, const struct business *b, size_t thread)
{
	return x->awaited[thread].some_s >= (1 - MARGIN) * b->polled[thread];
}

static enum purpose last_purpose(const struct meaning *x, const struct business *b, size_t wait)
{
	size_t thread = x->m->waits[wait].thread, process = x->m->threads[thread].process;
	enum purpose open = x->purposes[wait];
	double others = b->descendants[process];

	/* A worker does not wait for its fellows; the first thread and a loop do. */
	if (open == PURPOSE_LOOP ? !asks_throughout(x, b, thread)
				 : meaning_is_main(x, thread) || x->loops[thread])
		others += b->processes[process] - b->threads[thread];
	else if (x->states[wait] == STATE_SYNC)
		return PURPOSE_IDLE;
	if (others >= b->handed[thread] / 2 && others > 0)
		return PURPOSE_COORDINATING;
	/* A loop gets its work where it waits for events: what else it waits for holds that up. */
	return open == PURPOSE_LOOP || x->loops[thread] ? PURPOSE_WORK : PURPOSE_IDLE;
}

static void business_clear(struct business *b)
{
	free(b->pausing);
	free(b->threads);
	free(b->processes);
	free(b->descendants);
	free(b->handed);
	free(b->polled);
}

int purpose_fill(struct meaning *x)
{
	const struct measurement *m = x->m;
	struct business b = {
		.pausing = calloc(m->threads_count + 1, sizeof(bool)),
		.threads = calloc(m->threads_count + 1, sizeof(double)),
		.processes = calloc(m->processes_count + 1, sizeof(double)),
		.descendants = calloc(m->processes_count + 1, sizeof(double)),
		.handed = calloc(m->threads_count + 1, sizeof(double)),
		.polled = calloc(m->threads_count + 1, sizeof(double)),
	};
	int error = b.pausing && b.threads && b.processes && b.descendants && b.handed && b.polled
			    ? 0
			    : -ENOMEM;

	for (size_t i = 0; i < m->waits_count; i++)
		x->purposes[i] = first_purpose(x, i);
	if (!error)
		error = pause_find(x, b.pausing);
	if (!error) {
		pauses_open(x, b.pausing);
		business_sum(&b, x);
		for (size_t i = 0; i < m->waits_count; i++)
			if (purpose_is_open(x->purposes[i]))
				x->purposes[i] = last_purpose(x, &b, i);
	}
	business_clear(&b);
	return error;
}
