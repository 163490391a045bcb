/*
 * polling: busy polling, by the syscalls in which samples meet a thread that never sleeps.
 *
 * Asking whether something is ready is in vain if hardly anything else is done in the kernel: who
 * got an answer would read, write or sleep. read() itself is no sign, since a file read from memory
 * looks the same.
 */
#include "polling.h"

#include "callsite.h"
#include "meaning.h"
#include "profile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A thread that sleeps more often than this in a second of computing waits properly: even a spin of
 * 100 ms before each sleep would show. */
#define SLEEPS_PER_CPU_S 10
/* At least this many times as often met asking as in other calls. */
#define ASKING_TO_OTHER 2

struct calls {
	uint64_t asking, other; /* samples in a syscall */
	uint64_t between;       /* of those that ask, in the functions that do */
};

static bool call_asks(const char *syscall)
{
	static const char *const names[] = {"poll", "ppoll", "select", "pselect6", "epoll_wait",
		"epoll_pwait", "epoll_pwait2", "sched_yield", "accept", "accept4", "recvfrom",
		"recvmsg", "wait4", "waitid", "nanosleep", "clock_nanosleep"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(syscall, names[i]) == 0)
			return true;
	return false;
}

static bool thread_polls(const struct measured_thread *t, const struct calls *c)
{
	double cpu_s = (double)t->cpu_ns / 1e9;

	return c->asking > ASKING_TO_OTHER * c->other &&
	       (double)t->switches_voluntary < SLEEPS_PER_CPU_S * cpu_s;
}

/* Samples of a thread in a function with a name, and in those of its calls that ask. */
struct spot {
	size_t thread;
	const struct measured_frame *in; /* innermost, but for wrappers and the interpreter's own */
	uint64_t asking, computing;
};

static int spot_order(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;

	if (x->thread != y->thread)
		return x->thread < y->thread ? -1 : 1;
	return callsite_function_compare(x->in, y->in);
}

static size_t spots_gather(struct spot *to, const struct profile *p)
{
	const struct measurement *m = p->measurement;
	size_t count = 0;

	for (size_t i = 0; i < m->samples_count; i++) {
		const struct measured_sample *s = &m->samples[i];
		const struct measured_frame *in = callsite_innermost(p, s->stack);
		bool asks = s->syscall && call_asks(s->syscall);

		if (!in || !in->function || (!asks && (s->syscall || s->kernel)))
			continue;
		to[count++] =
			(struct spot){s->thread, in, asks ? s->count : 0, asks ? 0 : s->count};
	}
	qsort(to, count, sizeof(*to), spot_order);
	return count;
}

/* To go into a call, come back and look at what it said is part of asking, and takes no longer than
 * the call; what the function computes beyond that may be work. */
static void between_count(struct calls *threads, const struct spot *spots, size_t count)
{
	for (size_t begin = 0, end; begin < count; begin = end) {
		uint64_t asking = 0, computing = 0;

		for (end = begin; end < count && spot_order(&spots[end], &spots[begin]) == 0;
			end++) {
			asking += spots[end].asking;
			computing += spots[end].computing;
		}
		threads[spots[begin].thread].between += computing < asking ? computing : asking;
	}
}

static void calls_count(struct calls *threads, const struct measurement *m)
{
	for (size_t i = 0; i < m->samples_count; i++) {
		const struct measured_sample *s = &m->samples[i];
		struct calls *c = &threads[s->thread];

		if (s->syscall)
			*(call_asks(s->syscall) ? &c->asking : &c->other) += s->count;
	}
}

static double polling_share(const struct measurement *m, const struct calls *threads)
{
	uint64_t all = 0, polling = 0;

	for (size_t i = 0; i < m->samples_count; i++)
		all += m->samples[i].count;
	for (size_t i = 0; i < m->threads_count; i++)
		if (thread_polls(&m->threads[i], &threads[i]))
			polling += threads[i].asking + threads[i].between;
	return all ? (double)polling / (double)all : NAN;
}

int polling_fill(struct profile *p, const struct meaning *x)
{
	struct calls *threads = calloc(x->m->threads_count + 1, sizeof(*threads));
	struct spot *spots = calloc(x->m->samples_count + 1, sizeof(*spots));
	int error = threads && spots ? 0 : -ENOMEM;

	if (!error) {
		calls_count(threads, x->m);
		between_count(threads, spots, spots_gather(spots, p));
		p->polling_share = polling_share(x->m, threads);
	}
	free(threads);
	free(spots);
	return error;
}
