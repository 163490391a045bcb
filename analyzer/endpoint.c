/*
 * endpoint: which end of a connection a socket is, from its addresses.
 *
 * In this order: a port on which the target itself listens; Linux's range of ports for outgoing
 * connections (net.ipv4.ip_local_port_range, 32768 to 60999 unless changed); a local port that
 * several connections share, as only those of one listener do.
 */
#include "endpoint.h"

#include "probe/measurement.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PORTS 65536
#define EPHEMERAL_FIRST 32768

struct port {
	bool listening;
	unsigned int connections; /* that have it as their local one */
};

unsigned int endpoint_port(const char *address)
{
	const char *colon = address ? strrchr(address, ':') : NULL;
	unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : 0;

	return port < PORTS ? (unsigned int)port : 0;
}

static bool file_is_inet(const struct measured_file *f)
{
	return f->kind == FILE_SOCKET && (f->family == AF_INET || f->family == AF_INET6);
}

static bool file_is_accepting(const struct measured_wait *w)
{
	return w->file != MEASURED_NONE && w->syscall && strncmp(w->syscall, "accept", 6) == 0;
}

static void ports_count(struct port *ports, const struct measurement *m)
{
	for (size_t i = 0; i < m->files_count; i++) {
		const struct measured_file *f = &m->files[i];

		if (!file_is_inet(f))
			continue;
		if (f->listening)
			ports[endpoint_port(f->local)].listening = true;
		else if (f->peer)
			ports[endpoint_port(f->local)].connections++;
	}
	for (size_t i = 0; i < m->waits_count; i++)
		if (file_is_accepting(&m->waits[i]) && file_is_inet(&m->files[m->waits[i].file]))
			ports[endpoint_port(m->files[m->waits[i].file].local)].listening = true;
	ports[0] = (struct port){0};
}

/* It stands for several sockets, see files_share(). */
static bool is_of_several(const char *address)
{
	return address && *address && address[strlen(address) - 1] == '*';
}

/* The probe leaves out a client's own port, and the clients of a port of ours: no peer, a server.
 */
static enum endpoint lone_endpoint(const struct measured_file *f, unsigned int local)
{
	if (!local && !is_of_several(f->local))
		return ENDPOINT_NONE;
	if (f->type == SOCK_STREAM)
		return ENDPOINT_ACCEPTED;
	/* A datagram socket without a peer serves if its port was chosen. */
	return local && local < EPHEMERAL_FIRST ? ENDPOINT_LISTENING : ENDPOINT_NONE;
}

static enum endpoint inet_endpoint(const struct measured_file *f, const struct port *ports)
{
	unsigned int local = endpoint_port(f->local), peer = endpoint_port(f->peer);

	if (f->listening)
		return ENDPOINT_LISTENING;
	if (!peer && !is_of_several(f->peer))
		return lone_endpoint(f, local);
	if (!local)
		return is_of_several(f->local) ? ENDPOINT_ACCEPTED : ENDPOINT_CONNECTED;
	if (ports[local].listening)
		return ENDPOINT_ACCEPTED;
	if (ports[peer].listening)
		return ENDPOINT_CONNECTED;
	if ((local < EPHEMERAL_FIRST) != (peer < EPHEMERAL_FIRST))
		return local < EPHEMERAL_FIRST ? ENDPOINT_ACCEPTED : ENDPOINT_CONNECTED;
	return ports[local].connections > 1 ? ENDPOINT_ACCEPTED : ENDPOINT_CONNECTED;
}

/* What was accepted has its listener's name; so has what is connected to it. */
static enum endpoint unix_endpoint(const struct measured_file *f, const struct measurement *m)
{
	const char *name = f->local ? f->local : f->peer;

	if (f->listening)
		return ENDPOINT_LISTENING;
	for (size_t i = 0; name && i < m->files_count; i++) {
		const struct measured_file *other = &m->files[i];
		const char *others = other->local ? other->local : other->peer;

		if (other->listening && other->family == AF_UNIX && others &&
			strcmp(others, name) == 0)
			return ENDPOINT_ACCEPTED;
	}
	return f->peer ? ENDPOINT_CONNECTED : f->local ? ENDPOINT_ACCEPTED : ENDPOINT_NONE;
}

static void list_fill(enum endpoint *list, const struct measurement *m, const struct port *ports)
{
	for (size_t i = 0; i < m->files_count; i++) {
		const struct measured_file *f = &m->files[i];

		if (file_is_inet(f))
			list[i] = inet_endpoint(f, ports);
		else if (f->kind == FILE_SOCKET && f->family == AF_UNIX)
			list[i] = unix_endpoint(f, m);
	}
	for (size_t i = 0; i < m->waits_count; i++)
		if (file_is_accepting(&m->waits[i]))
			list[m->waits[i].file] = ENDPOINT_LISTENING;
}

enum endpoint *endpoint_list(const struct measurement *m)
{
	enum endpoint *list = calloc(m->files_count + 1, sizeof(*list));
	struct port *ports = calloc(PORTS, sizeof(*ports));

	if (list && ports) {
		ports_count(ports, m);
		list_fill(list, m, ports);
		free(ports);
		return list;
	}
	free(ports);
	free(list);
	return NULL;
}
