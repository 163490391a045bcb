#include "survey.h"

#include "eventpoll.h"
#include "host.h"
#include "listener.h"
#include "measurement.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FIRST_LOOK_NS 100000000ULL
/* Every third look, at eight times the age, is for listening too: to list a machine's sockets takes
 * the kernel milliseconds. */
#define LISTENER_LOOKS 3
#define LAST_LOOK UINT64_MAX

/* Resident and its own: neither mapped from a file nor shared. 0: not known; also of a process that
 * has ended and not been waited for. */
static uint64_t anonymous_of(int pid)
{
	unsigned long long resident, shared, pages = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%*u %llu %llu", &resident, &shared) == 2 && resident > shared)
		pages = resident - shared;
	fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

static int survey_take(struct survey *s, struct measurement *m, uint64_t now_ns)
{
	if (s->launcher_ns != m->target.launcher_ns)
		s->count = s->taken = 0;
	s->launcher_ns = m->target.launcher_ns;
	while (s->taken < m->processes_count) {
		struct measured_process *p = &m->processes[s->taken];
		struct surveyed *row = measured_append(&s->rows, &s->count, sizeof(*s->rows));

		if (!row)
			return -ENOMEM;
		*row = (struct surveyed){
			.process = s->taken++,
			.since_ns = now_ns,
			.due_ns = now_ns + FIRST_LOOK_NS,
		};
		/* One that was just started has not loaded anything yet. */
		if (!p->started)
			p->anonymous_early_bytes = anonymous_of(p->pid);
	}
	return 0;
}

/* A command can bind itself to some CPUs when it has started (taskset, numactl). */
static void affinity_note(struct measurement *m, int pid)
{
	if (m->target.pids_count > 0 && m->target.pids[0] == pid)
		host_affinity_read(pid, &m->host);
}

static void anonymous_note(struct measured_process *p)
{
	uint64_t bytes = anonymous_of(p->pid);

	if (p->anonymous_early_bytes == 0)
		p->anonymous_early_bytes = bytes;
	if (bytes > p->anonymous_peak_bytes)
		p->anonymous_peak_bytes = bytes;
}

/* Returns false if the process is gone. */
static bool process_look(struct measurement *m, size_t process, bool listeners, int *ret_error)
{
	struct measured_process *p = &m->processes[process];
	struct eventpoll watched;
	int error = eventpoll_read(p->pid, &watched);

	if (error == -ENOENT || error == -ESRCH)
		return false;
	if (watched.files > p->watched_files)
		p->watched_files = watched.files;
	if (watched.connections > p->watched_connections)
		p->watched_connections = watched.connections;
	p->looks += watched.connections > 0;
	anonymous_note(p);
	affinity_note(m, p->pid);
	*ret_error = listeners ? listener_note(m, p->pid) : 0;
	return true;
}

static int rows_look(struct survey *s, struct measurement *m, uint64_t now_ns)
{
	size_t kept = 0;
	int error = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct surveyed *row = &s->rows[i];

		if (error == 0 && now_ns >= row->due_ns) {
			bool listeners = row->looks++ % LISTENER_LOOKS == 0 || now_ns == LAST_LOOK;

			if (!process_look(m, row->process, listeners, &error))
				continue;
			row->due_ns = now_ns + (now_ns - row->since_ns);
		}
		s->rows[kept++] = *row;
	}
	s->count = kept;
	return error;
}

int survey_look(struct survey *s, struct measurement *m, uint64_t now_ns)
{
	int error = survey_take(s, m, now_ns);

	return error < 0 ? error : rows_look(s, m, now_ns);
}

int survey_close(struct survey *s, struct measurement *m)
{
	int error = survey_take(s, m, 0);

	return error < 0 ? error : rows_look(s, m, LAST_LOOK);
}

void survey_free(struct survey *s)
{
	free(s->rows);
	*s = (struct survey){0};
}
