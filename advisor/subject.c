/*
 * subject: finds the process that the advice is about.
 *
 * A shell that starts a program, or a pool's parent that waits for its children, is measured too,
 * but the advice is for whoever works: the most time that was neither idle nor spent on waiting for
 * its own threads and children. Of several that had one row, each counts by itself. Of a program
 * that starts a process for each operation it is who starts them: there is what can be changed.
 */
#include "subject.h"

#include "advice.h"
#include "probe/measurement.h"

#include <stdbool.h>
#include <stdlib.h>

static double thread_work_s(const struct profile_thread *t)
{
	const double *s = t->time.s;

	if (t->role == ROLE_IDLE || t->role == ROLE_COORDINATOR)
		return s[STATE_CPU_USER] + s[STATE_CPU_KERNEL];
	return t->time.total_s - s[STATE_CHILD] - s[STATE_SYNC] - s[STATE_STOPPED];
}

static size_t busiest_process(const struct profile *p)
{
	const struct measurement *m = p->measurement;
	double *work_s = calloc(m->processes_count + 1, sizeof(*work_s));
	size_t most = m->processes_count > 0 ? 0 : MEASURED_NONE;

	if (!work_s)
		return most;
	for (size_t i = 0; i < p->threads_count; i++) {
		size_t process = m->threads[p->threads[i].measured].process;

		if (process < m->processes_count)
			work_s[process] += thread_work_s(&p->threads[i]);
	}
	for (size_t i = 0; i < m->processes_count; i++)
		work_s[i] /= 1 + (double)m->processes[i].earlier;
	for (size_t i = 1; i < m->processes_count; i++)
		if (work_s[i] > work_s[most])
			most = i;
	free(work_s);
	return most;
}

size_t subject_process(const struct profile *p)
{
	size_t starter = p->offspring.starter;

	return starter != MEASURED_NONE ? starter : busiest_process(p);
}

const struct measured_runtime *subject_runtime(const struct profile *p)
{
	const struct measurement *m = p->measurement;
	size_t process = subject_process(p);

	for (size_t i = 0; i < m->runtimes_count; i++)
		if (m->runtimes[i].process == process)
			return &m->runtimes[i];
	return NULL;
}

const char *subject_runtime_name(const struct profile *p)
{
	const struct measured_runtime *runtime = subject_runtime(p);

	return runtime && runtime->name ? runtime->name : "native";
}
