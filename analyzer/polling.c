/*
 * polling: busy polling, by the syscalls in which samples meet a thread that never sleeps.
 *
 * Asking whether something is ready is in vain if hardly anything else is done in the kernel: who
 * got an answer would read, write or sleep. read() itself is no sign, since a file read from memory
 * looks the same.
 */
#include "polling.h"

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

int polling_fill(struct profile *p, const struct meaning *x)
{
	const struct measurement *m = x->m;
	struct calls *threads = calloc(m->threads_count + 1, sizeof(*threads));
	uint64_t all = 0, polling = 0;

	if (!threads)
		return -ENOMEM;
	for (size_t i = 0; i < m->samples_count; i++) {
		const struct measured_sample *s = &m->samples[i];
		struct calls *c = &threads[s->thread];

		all += s->count;
		if (s->syscall)
			*(call_asks(s->syscall) ? &c->asking : &c->other) += s->count;
	}
	for (size_t i = 0; i < m->threads_count; i++)
		if (thread_polls(&m->threads[i], &threads[i]))
			polling += threads[i].asking;
	p->polling_share = all ? (double)polling / (double)all : NAN;
	free(threads);
	return 0;
}
