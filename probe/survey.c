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
/* A process is looked at again when it is half as old again: of a short run, too, what it has open
 * is seen while it works. */
#define AGE_PER_LOOK 2
/* Every fifth look, at eight times the age, is for listening too: to list a machine's sockets takes
 * the kernel milliseconds. */
#define LISTENER_LOOKS 5
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

static void row_begin(struct surveyed *row, struct measured_process *p, uint64_t now_ns)
{
	*row = (struct surveyed){
		.pid = p->pid,
		.earlier = p->earlier,
		.since_ns = now_ns,
		.due_ns = now_ns + FIRST_LOOK_NS,
	};
	/* One that was just started has not loaded anything yet. */
	if (!p->started)
		row->anonymous_early_bytes = p->anonymous_early_bytes = anonymous_of(p->pid);
}

static int survey_take(struct survey *s, struct measurement *m, uint64_t now_ns)
{
	if (s->launcher_ns != m->target.launcher_ns)
		s->count = 0;
	s->launcher_ns = m->target.launcher_ns;
	for (size_t i = 0; i < s->count; i++)
		if (s->rows[i].pid != m->processes[i].pid ||
			s->rows[i].earlier != m->processes[i].earlier)
			row_begin(&s->rows[i], &m->processes[i], now_ns);
	while (s->count < m->processes_count) {
		struct measured_process *p = &m->processes[s->count];
		struct surveyed *row = measured_append(&s->rows, &s->count, sizeof(*s->rows));

		if (!row)
			return -ENOMEM;
		row_begin(row, p, now_ns);
	}
	return 0;
}

/* A command can bind itself to some CPUs when it has started (taskset, numactl). */
static void affinity_note(struct measurement *m, int pid)
{
	if (m->target.pids_count > 0 && m->target.pids[0] == pid)
		host_affinity_read(pid, &m->host);
}

/* Of several that had the row, what is told is of the one that grew most. */
static void anonymous_note(struct surveyed *row, struct measured_process *p)
{
	uint64_t bytes = anonymous_of(p->pid);

	if (row->anonymous_early_bytes == 0)
		row->anonymous_early_bytes = bytes;
	if (bytes > row->anonymous_peak_bytes)
		row->anonymous_peak_bytes = bytes;
	if (p->anonymous_peak_bytes > 0 &&
		row->anonymous_peak_bytes + p->anonymous_early_bytes <
			p->anonymous_peak_bytes + row->anonymous_early_bytes)
		return;
	p->anonymous_early_bytes = row->anonymous_early_bytes;
	p->anonymous_peak_bytes = row->anonymous_peak_bytes;
}

/* Returns false if the process is gone. */
static bool process_look(struct surveyed *row, struct measurement *m, struct measured_process *p,
	bool listeners, int *ret_error)
{
	struct eventpoll watched;
	int error;

	/* First: what listens is no connection. */
	*ret_error = listeners ? listener_note(m, p->pid) : 0;
	error = eventpoll_read(m, p->pid, &watched);
	if (error == -ENOENT || error == -ESRCH)
		return false;
	if (watched.files > p->watched_files)
		p->watched_files = watched.files;
	if (watched.sockets > p->watched_connections)
		p->watched_connections = watched.sockets;
	if (watched.listeners > p->watched_listeners)
		p->watched_listeners = watched.listeners;
	p->looks += watched.sockets > 0;
	row->connected |= watched.sockets > watched.listeners;
	p->blank_looks = row->connected ? 0 : p->blank_looks + (watched.files > 0);
	anonymous_note(row, p);
	affinity_note(m, p->pid);
	return true;
}

static int rows_look(struct survey *s, struct measurement *m, uint64_t now_ns)
{
	int error = 0;

	for (size_t i = 0; i < s->count && error == 0; i++) {
		struct surveyed *row = &s->rows[i];
		bool listeners;

		if (row->gone || now_ns < row->due_ns)
			continue;
		listeners = row->looks++ % LISTENER_LOOKS == 0 || now_ns == LAST_LOOK;
		row->gone = !process_look(row, m, &m->processes[i], listeners, &error);
		row->due_ns = now_ns + (now_ns - row->since_ns) / AGE_PER_LOOK;
	}
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
