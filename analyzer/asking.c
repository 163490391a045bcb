/*
 * asking: clients of the target's own listeners, by their waits and by their loops' exchanges.
 */
#include "asking.h"

#include "endpoint.h"
#include "margin.h"
#include "meaning.h"
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PORTS 65536

static bool peer_is_local(const struct measured_file *f)
{
	if (f->family == AF_UNIX)
		return f->peer != NULL;
	return f->peer && (strncmp(f->peer, "127.", 4) == 0 || strncmp(f->peer, "[::1]", 5) == 0 ||
				  strncmp(f->peer, "[::ffff:127.", 12) == 0);
}

/* From the last colon on; of a UNIX socket the whole name. */
static const char *port_text(const char *address)
{
	const char *colon = address ? strrchr(address, ':') : NULL;

	return colon ? colon : address;
}

/* Who listens there is of the target. */
static bool port_is_own(const struct meaning *x, const char *port)
{
	for (size_t i = 0; i < x->m->files_count; i++)
		if (x->endpoints[i] == ENDPOINT_LISTENING && x->m->files[i].local &&
			strcmp(port_text(x->m->files[i].local), port) == 0)
			return true;
	return false;
}

bool asking_peer_is_own(const struct meaning *x, const struct measured_file *connected)
{
	return peer_is_local(connected) && port_is_own(x, port_text(connected->peer));
}

static bool listens_known(const struct meaning *x)
{
	for (size_t i = 0; i < x->m->files_count; i++)
		if (x->endpoints[i] == ENDPOINT_LISTENING && x->m->files[i].local)
			return true;
	return false;
}

/* Where it is known who listens, somebody else on this machine is no part of the target: a
 * service's database, say. */
static bool asked_may_be_own(const struct meaning *x, const struct measured_file *asked)
{
	return listens_known(x) ? asking_peer_is_own(x, asked) : peer_is_local(asked);
}

/* What a process's loops exchanged on sockets, and of that with who listens in the target. */
struct exchanged {
	double all, own;
};

/* A service that asks itself now and then exchanges more with others. But of those that connect for
 * one request nothing shows on its side, as of a proxy's: it watches where they connect. */
static bool asks_own_alone(
	const struct meaning *x, size_t process, const struct exchanged *processes)
{
	const struct exchanged *e = &processes[process];

	return e->own > 0 && e->own >= (1 - MARGIN) * e->all &&
	       x->m->processes[process].watched_listeners == 0;
}

/* There has to be a loop left that answers. */
static bool loop_answers(const struct meaning *x, const struct exchanged *processes)
{
	for (size_t i = 0; i < x->m->threads_count; i++)
		if (x->loops[i] && !asks_own_alone(x, x->m->threads[i].process, processes))
			return true;
	return false;
}

static void exchanges_count(
	struct exchanged *processes, const struct meaning *x, const bool *own_ports)
{
	for (size_t i = 0; i < x->m->exchanges_count; i++) {
		const struct measured_exchange *e = &x->m->exchanges[i];
		struct exchanged *by = &processes[x->m->threads[e->thread].process];

		if (!x->loops[e->thread])
			continue;
		by->all++;
		by->own += e->asked_port < PORTS && own_ports[e->asked_port];
	}
}

static void ports_note(bool *own_ports, const struct meaning *x)
{
	for (size_t i = 0; i < x->m->files_count; i++) {
		unsigned int port = x->endpoints[i] == ENDPOINT_LISTENING
					    ? endpoint_port(x->m->files[i].local)
					    : 0;

		if (port > 0 && port < PORTS)
			own_ports[port] = true;
	}
}

/* An event loop waits for its answers where its sockets do not show; its exchanges do. */
static int loops_find(struct meaning *x, bool *ret_any)
{
	struct exchanged *processes = calloc(x->m->processes_count + 1, sizeof(*processes));
	bool *own_ports = calloc(PORTS, sizeof(*own_ports));
	int error = processes && own_ports ? 0 : -ENOMEM;
	bool answered;

	if (!error) {
		ports_note(own_ports, x);
		exchanges_count(processes, x, own_ports);
	}
	answered = !error && loop_answers(x, processes);
	for (size_t i = 0; answered && i < x->m->processes_count; i++)
		if (!x->serving[i] && asks_own_alone(x, i, processes))
			*ret_any = x->asking[i] = true;
	free(processes);
	free(own_ports);
	return error;
}

static bool waits_find(struct meaning *x)
{
	const struct measurement *m = x->m;
	bool any = false;

	for (size_t i = 0; i < m->waits_count; i++) {
		size_t file = m->waits[i].file;

		if (file != MEASURED_NONE && x->endpoints[file] == ENDPOINT_CONNECTED &&
			asked_may_be_own(x, &m->files[file]))
			any = x->asking[m->threads[m->waits[i].thread].process] = true;
	}
	return any;
}

int asking_find(struct meaning *x, struct askers *ret)
{
	*ret = (struct askers){.waits = waits_find(x)};
	return loops_find(x, &ret->loops);
}

bool asking_itself(const struct meaning *x, const struct askers *a)
{
	if (server_is_public(x))
		return false;
	if (a->loops || !listens_known(x))
		return true;
	for (size_t i = 0; i < x->m->files_count; i++)
		if (x->endpoints[i] == ENDPOINT_CONNECTED && asking_peer_is_own(x, &x->m->files[i]))
			return true;
	return false;
}
