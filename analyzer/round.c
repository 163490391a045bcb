/*
 * round: which threads are event loops.
 *
 * A thread is one if it waits in epoll or an io_uring, or comes round to waits for several files in
 * poll or select; or if it was seen to come round to such a call that returned at once, or samples
 * meet it in one, which then always did. Two files in poll or select are also what a server that
 * handles one connection at a time waits for (its listener and a pipe to wake it): such a thread
 * then waits for its connections one by one.
 */
#include "round.h"

#include "meaning.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool call_is_epoll(const char *syscall)
{
	return strcmp(syscall, "epoll_wait") == 0 || strncmp(syscall, "epoll_pwait", 11) == 0;
}

static bool call_is_ring(const char *syscall)
{
	return strcmp(syscall, "io_uring_enter") == 0;
}

bool round_is_call(const char *syscall)
{
	return syscall && (call_is_epoll(syscall) || call_is_ring(syscall));
}

/* What a thread did with waits for several files. */
struct rounds {
	uint64_t epolls, rings, polls; /* waits, by call; in epoll, also those that returned at
					  once and were seen to */
	uint64_t samples;              /* met inside epoll or io_uring */
	uint32_t files;                /* most in one poll or select */
	bool asks;                     /* waits for single sockets too */
};

static void rounds_count(struct rounds *threads, const struct meaning *x)
{
	const struct measurement *m = x->m;

	for (size_t i = 0; i < m->waits_count; i++) {
		const struct measured_wait *w = &m->waits[i];
		struct rounds *r = &threads[w->thread];

		r->asks |= x->states[i] == STATE_NETWORK;
		if (x->states[i] != STATE_POLL)
			continue;
		if (w->syscall && call_is_epoll(w->syscall))
			r->epolls += w->count;
		else if (w->syscall && call_is_ring(w->syscall))
			r->rings += w->count;
		else
			r->polls += w->count;
		if (w->files_polled > r->files)
			r->files = w->files_polled;
	}
	for (size_t i = 0; i < m->threads_count; i++)
		threads[i].epolls += m->threads[i].loop.at_once;
	for (size_t i = 0; i < m->samples_count; i++)
		if (round_is_call(m->samples[i].syscall))
			threads[m->samples[i].thread].samples += m->samples[i].count;
}

/*
 * In Node every thread is a loop, also one that computes what its own program hands to it: a worker
 * thread, or a process that another Node started. Where such a one was looked at and has no
 * connection, it holds up nobody while it computes.
 */
static bool is_node_worker(const struct meaning *x, size_t thread)
{
	size_t process = x->m->threads[thread].process, parent = x->family.parent[process];
	const struct measured_process *p = &x->m->processes[process];

	if (!meaning_runs(x, process, "node") || p->watched_connections > 0 || !p->watched_files)
		return false;
	return !meaning_is_main(x, thread) ||
	       (parent != MEASURED_NONE && meaning_runs(x, parent, "node"));
}

static bool thread_is_loop(const struct meaning *x, size_t thread, const struct rounds *r)
{
	size_t process = x->m->threads[thread].process;

	/* Its scheduler polls in whichever thread is free: none of them is a loop of the program.
	 */
	if (meaning_schedules(x, process))
		return false;
	if (is_node_worker(x, thread) || x->acceptors[thread])
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
 * A child that was forked, and has executed nothing else, has its parent's epoll, too, with all
 * that is watched there: a worker process of a loop is none itself.
 */
static int watched_itself(const struct meaning *x, size_t process)
{
	const struct measured_process *p = &x->m->processes[process];
	size_t parent = x->family.parent[process];

	if (parent == MEASURED_NONE || p->executable)
		return p->watched_files;
	return p->watched_files - x->m->processes[parent].watched_files;
}

/*
 * A process that watches several connections with epoll, or a Python process that watches any file
 * (asyncio, uvloop, gevent and their like do from start to end), though none of its threads was
 * ever seen to wait there: its main thread is a loop that never gets to wait.
 */
static bool loop_is_starved(const struct meaning *x, size_t process)
{
	const struct measurement *m = x->m;
	const struct measured_process *p = &m->processes[process];
	bool python = meaning_runs(x, process, "cpython") || meaning_runs(x, process, "pypy");

	if (meaning_schedules(x, process)) /* see thread_is_loop() */
		return false;
	if (watched_itself(x, process) <= (python ? 0 : CONNECTIONS_FEW) ||
		(p->watched_connections <= CONNECTIONS_FEW && !python))
		return false;
	for (size_t i = 0; i < m->threads_count; i++)
		if (m->threads[i].process == process && (x->loops[i] || x->acceptors[i]))
			return false;
	return true;
}

/* The loop is who receives on connections without waiting for one, if anybody was seen to. */
static void receivers_find(bool *receives, bool *received, const struct meaning *x)
{
	for (size_t i = 0; i < x->m->exchanges_count; i++) {
		size_t thread = x->m->exchanges[i].thread;

		receives[thread] = received[x->m->threads[thread].process] = true;
	}
}

static int starved_find(struct meaning *x)
{
	bool *starved = calloc(x->m->processes_count + 1, sizeof(*starved));
	bool *received = calloc(x->m->processes_count + 1, sizeof(*received));
	bool *receives = calloc(x->m->threads_count + 1, sizeof(*receives));
	int error = starved && received && receives ? 0 : -ENOMEM;

	if (!error)
		receivers_find(receives, received, x);
	for (size_t i = 0; !error && i < x->m->processes_count; i++)
		starved[i] = loop_is_starved(x, i);
	for (size_t i = 0; !error && i < x->m->threads_count; i++) {
		size_t process = x->m->threads[i].process;

		if (starved[process])
			x->loops[i] = received[process] ? receives[i] : meaning_is_main(x, i);
	}
	free(starved);
	free(received);
	free(receives);
	return error;
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

/* Threads are in order of appearance: those of one process do not stand side by side. */
static size_t processes_with_loops(const struct meaning *x, bool *counted)
{
	size_t processes = 0;

	for (size_t i = 0; i < x->m->threads_count; i++) {
		bool *process = &counted[x->m->threads[i].process];

		processes += x->loops[i] && !*process;
		*process |= x->loops[i];
	}
	return processes;
}

static int crowds_dismiss(struct meaning *x)
{
	bool *counted = calloc(x->m->processes_count + 1, sizeof(*counted));
	size_t processes;

	if (!counted)
		return -ENOMEM;
	processes = processes_with_loops(x, counted);
	free(counted);
	if ((double)processes <= LOOP_PROCESSES_PER_CPU * ceil(x->cpus))
		return 0;
	for (size_t i = 0; i < x->m->threads_count; i++)
		if (!meaning_runs(x, x->m->threads[i].process, "node"))
			x->loops[i] = false;
	return 0;
}

int round_find(struct meaning *x)
{
	const struct measurement *m = x->m;
	struct rounds *threads = calloc(m->threads_count + 1, sizeof(*threads));
	uint64_t *busiest_ns = calloc(m->processes_count + 1, sizeof(*busiest_ns));
	int error = threads && busiest_ns ? 0 : -ENOMEM;

	if (!error) {
		rounds_count(threads, x);
		for (size_t i = 0; i < m->threads_count; i++)
			x->loops[i] = thread_is_loop(x, i, &threads[i]);
		error = starved_find(x);
	}
	if (!error)
		helpers_dismiss(x, busiest_ns);
	free(threads);
	free(busiest_ns);
	return error ? error : crowds_dismiss(x);
}
