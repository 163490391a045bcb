#include "survey.h"

#include "eventpoll.h"
#include "host.h"
#include "listener.h"
#include "measurement.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_LOOK_NS 100000000ULL
/* Every third look, at eight times the age, is for listening too: to list a machine's sockets takes
 * the kernel milliseconds. */
#define LISTENER_LOOKS 3
#define LAST_LOOK UINT64_MAX

static int survey_take(struct survey *s, const struct measurement *m, uint64_t now_ns)
{
	while (s->taken < m->processes_count) {
		struct surveyed *row = measured_append(&s->rows, &s->count, sizeof(*s->rows));

		if (!row)
			return -ENOMEM;
		*row = (struct surveyed){
			.process = s->taken++,
			.since_ns = now_ns,
			.due_ns = now_ns + FIRST_LOOK_NS,
		};
	}
	return 0;
}

/* A command can bind itself to some CPUs when it has started (taskset, numactl). */
static void affinity_note(struct measurement *m, int pid)
{
	int allowed =
		m->target.pids_count > 0 && m->target.pids[0] == pid ? host_cpus_allowed(pid) : 0;

	if (allowed > 0)
		m->host.cpus_allowed = allowed;
}

/* Returns false if the process is gone. */
static bool process_look(struct measurement *m, size_t process, bool listeners, int *ret_error)
{
	struct measured_process *p = &m->processes[process];
	int watched = eventpoll_count(p->pid);

	if (watched == -ENOENT || watched == -ESRCH)
		return false;
	if (watched > p->watched_files)
		p->watched_files = watched;
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
