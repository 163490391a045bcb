/*
 * metric_role: what the threads are for, and whether they serve others.
 */
#include "metric_group.h"

#include "probe/measurement.h"

#include <ctype.h>
#include <string.h>

static double role_count(const struct profile *p, enum role role)
{
	size_t count = 0;

	for (size_t i = 0; i < p->threads_count; i++)
		if (p->threads[i].role == role)
			count += 1 + p->measurement->threads[i].earlier;
	return (double)count;
}

/* Up to the number at the end, which tells the threads of a pool apart. */
static size_t stem_length(const char *name)
{
	size_t length = strlen(name);

	while (length > 0 && isdigit((unsigned char)name[length - 1]))
		length--;
	return length;
}

static bool names_are_alike(const char *a, const char *b)
{
	size_t length = a && b ? stem_length(a) : 0;

	return a && b && length == stem_length(b) && strncmp(a, b, length) == 0;
}

static bool thread_works_like(const struct profile *p, size_t thread, size_t other)
{
	const struct measured_thread *t = p->measurement->threads;

	return (p->threads[other].role == ROLE_WORKER || p->threads[other].role == ROLE_MAIN) &&
	       t[other].process == t[thread].process &&
	       names_are_alike(t[other].name, t[thread].name);
}

/* What a runtime keeps for itself, as a JVM's collectors and compilers, has names of its own. A
 * pool's own threads, that feed its processes, stand beside no worker. */
static bool thread_is_spare(const struct profile *p, size_t thread)
{
	if (p->threads[thread].role != ROLE_IDLE)
		return false;
	for (size_t i = 0; i < p->threads_count; i++)
		if (thread_works_like(p, thread, i))
			return true;
	return false;
}

static double spare_count(const struct profile *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->threads_count; i++)
		if (thread_is_spare(p, i))
			count += 1 + p->measurement->threads[i].earlier;
	return (double)count;
}

SUM(roles_coordinator_count, role_count(p, ROLE_COORDINATOR))
SUM(roles_event_loop_count, role_count(p, ROLE_EVENT_LOOP))
SUM(roles_idle_count, role_count(p, ROLE_IDLE))
SUM(roles_main_count, role_count(p, ROLE_MAIN))
/* What Go's scheduler has no use for is no worker of the program's. */
SUM(roles_spare_count, p->work.goroutines ? 0 : spare_count(p))
SUM(roles_worker_count, role_count(p, ROLE_WORKER))
SUM(server_connection_threads, (double)p->server.connection_threads)
SUM(server_connections, (double)p->server.connections)
SUM(server_present, p->server.present)

static const struct metric roles_rows[] = {
	{"roles.coordinator.count", "count", "threads that wait for their own threads or children",
		roles_coordinator_count},
	{"roles.event-loop.count", "count", "threads that are event loops", roles_event_loop_count},
	{"roles.idle.count", "count", "threads that waited for work nearly all the time",
		roles_idle_count},
	{"roles.main.count", "count", "first threads that do the work themselves",
		roles_main_count},
	{"roles.spare.count", "count", "idle threads beside workers of the same name",
		roles_spare_count},
	{"roles.worker.count", "count", "threads that work on what they are handed",
		roles_worker_count},
};

const struct metric_group metric_roles = METRIC_GROUP(roles_rows);

static const struct metric server_rows[] = {
	{"server.connection_threads", "count", "threads that wait on accepted connections",
		server_connection_threads},
	{"server.connections", "count", "ports of its own on whose connections it waited",
		server_connections},
	{"server.present", "bool", "it accepts connections", server_present},
};

const struct metric_group metric_server = METRIC_GROUP(server_rows);
