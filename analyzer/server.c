/*
 * server: who serves, by the listening and accepted sockets it was seen at.
 *
 * An event loop waits in epoll, behind which its sockets do not show. It serves if it accepts
 * connections while it is sampled, if the target has listening sockets that nobody else waits on,
 * or if another process of the target waits for somebody on this machine, for whom only the loop is
 * left.
 */
#include "server.h"

#include "asking.h"
#include "meaning.h"
#include "profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool endpoint_serves(enum endpoint e)
{
	return e == ENDPOINT_LISTENING || e == ENDPOINT_ACCEPTED;
}

static enum endpoint wait_endpoint(const struct meaning *x, const struct measured_wait *w)
{
	return w->file == MEASURED_NONE ? ENDPOINT_NONE : x->endpoints[w->file];
}

static bool sample_accepts(const struct measured_sample *s)
{
	return s->syscall && strncmp(s->syscall, "accept", 6) == 0;
}

static void serving_by_sockets(struct meaning *x)
{
	const struct measurement *m = x->m;

	for (size_t i = 0; i < m->waits_count; i++)
		if (endpoint_serves(wait_endpoint(x, &m->waits[i])))
			x->serving[m->threads[m->waits[i].thread].process] = true;
	for (size_t i = 0; i < m->samples_count; i++)
		if (sample_accepts(&m->samples[i]))
			x->serving[m->threads[m->samples[i].thread].process] = true;
}

bool server_was_asked(const struct meaning *x)
{
	for (size_t i = 0; i < x->m->waits_count; i++)
		if (endpoint_serves(wait_endpoint(x, &x->m->waits[i])))
			return true;
	for (size_t i = 0; i < x->m->samples_count; i++)
		if (sample_accepts(&x->m->samples[i]))
			return true;
	return false;
}

static bool listens_unseen(const struct meaning *x)
{
	bool listens = false;

	for (size_t i = 0; i < x->m->files_count; i++)
		listens |= x->endpoints[i] == ENDPOINT_LISTENING;
	for (size_t i = 0; listens && i < x->m->processes_count; i++)
		if (x->serving[i])
			return false;
	return listens;
}

/* How often a process waited for answers of its own, and for somebody to ask. */
struct talk {
	double own, served;
};

/* A demonstration or a test has its server in a thread of its own. A service may ask itself, too,
 * now and then: that is less than half of what it is asked. */
static bool talks_to_itself(const struct talk *t)
{
	return t->own > 0 && t->own >= t->served / 2;
}

static int hosts_find(struct meaning *x)
{
	const struct measurement *m = x->m;
	struct talk *talks = calloc(m->processes_count + 1, sizeof(*talks));
	bool *asks = calloc(m->threads_count + 1, sizeof(*asks));
	bool *serves = calloc(m->threads_count + 1, sizeof(*serves));
	int error = talks && asks && serves ? 0 : -ENOMEM;

	for (size_t i = 0; i < m->waits_count && !error; i++) {
		const struct measured_wait *w = &m->waits[i];
		struct talk *t = &talks[m->threads[w->thread].process];
		enum endpoint end = wait_endpoint(x, w);

		if (endpoint_serves(end)) {
			t->served += (double)w->count;
			serves[w->thread] = true;
		} else if (end == ENDPOINT_CONNECTED && asking_peer_is_own(x, &m->files[w->file])) {
			t->own += (double)w->count;
			asks[w->thread] = true;
		}
	}
	for (size_t i = 0; i < m->processes_count && !error; i++)
		x->hosted[i] = x->serving[i] && talks_to_itself(&talks[i]);
	/* The first thread may as well wait for those that ask. */
	for (size_t i = 0; i < m->threads_count && !error; i++)
		x->hosting[i] = x->hosted[m->threads[i].process] && !asks[i] &&
				(serves[i] || !meaning_is_main(x, i));
	free(talks);
	free(asks);
	free(serves);
	return error;
}

int server_find(struct meaning *x)
{
	const struct measurement *m = x->m;
	bool asked, unseen, loops = false;
	struct askers askers;
	int error;

	serving_by_sockets(x);
	unseen = listens_unseen(x);
	error = asking_find(x, &askers);
	if (error)
		return error;
	asked = (askers.waits || askers.loops) && m->processes_count > 1;
	for (size_t i = 0; i < m->threads_count; i++)
		loops |= x->loops[i];
	for (size_t i = 0; i < m->threads_count; i++) {
		size_t process = m->threads[i].process;

		bool answers = x->loops[i] && (unseen || asked) && !x->asking[process];

		if (answers || (unseen && !loops)) /* so busy that it never waits to accept */
			x->serving[process] = true;
	}
	error = hosts_find(x);
	x->asks_itself = asking_itself(x, &askers);
	return error;
}

bool server_is_own(const struct meaning *x, size_t thread)
{
	size_t process = x->m->threads[thread].process;

	return x->asks_itself && x->serving[process] && (!x->hosted[process] || x->hosting[thread]);
}

bool server_is_public(const struct meaning *x)
{
	bool serves = false;

	for (size_t i = 0; i < x->m->processes_count; i++) {
		if (x->asking[i] && !x->serving[i])
			return false;
		serves |= x->serving[i] && !x->hosted[i];
	}
	return serves;
}

static size_t flags_count(const bool *flags, size_t count)
{
	size_t set = 0;

	for (size_t i = 0; i < count; i++)
		set += flags[i];
	return set;
}

int server_fill(struct profile *p, const struct meaning *x)
{
	const struct measurement *m = x->m;
	bool *threads = calloc(m->threads_count + 1, sizeof(*threads));

	if (!threads)
		return -ENOMEM;
	for (size_t i = 0; i < m->waits_count; i++)
		if (wait_endpoint(x, &m->waits[i]) == ENDPOINT_ACCEPTED)
			threads[m->waits[i].thread] = true;
	for (size_t i = 0; i < m->files_count; i++)
		p->server.connections += x->endpoints[i] == ENDPOINT_ACCEPTED;
	p->server.connection_threads = flags_count(threads, m->threads_count);
	p->server.present = flags_count(x->serving, m->processes_count) > 0;
	free(threads);
	return 0;
}
