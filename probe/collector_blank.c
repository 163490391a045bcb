/*
 * collector_blank: takes out the rows of processes that nobody had for long: all who had them
 * executed something and moved on, see collector_row.c. What was told of them in between, a sample
 * or a wait, is that of the process which moved on last.
 */
#include "collector_state.h"

#include "measurement.h"

#include <errno.h>
#include <stdlib.h>

/* Where each row goes. */
struct moves {
	size_t *processes, *threads;
};

static size_t heir_of(const struct collector *c, size_t process)
{
	while (collector_is_blank(c, process)) /* who moved on twice did so later */
		process = c->process_extras[process].heir;
	return process;
}

static void rows_number(const struct collector *c, struct moves *to)
{
	const struct measurement *m = c->m;
	size_t kept = 0;

	for (size_t i = 0; i < m->processes_count; i++)
		to->processes[i] = collector_is_blank(c, i) ? MEASURED_NONE : kept++;
	kept = 0;
	for (size_t i = 0; i < m->threads_count; i++)
		to->threads[i] = to->processes[m->threads[i].process] == MEASURED_NONE
					 ? MEASURED_NONE
					 : kept++;
	for (size_t i = 0; i < m->threads_count; i++)
		if (to->threads[i] == MEASURED_NONE)
			to->threads[i] =
				to->threads[c->process_extras[heir_of(c, m->threads[i].process)]
						    .main];
	for (size_t i = 0; i < m->processes_count; i++)
		if (to->processes[i] == MEASURED_NONE)
			to->processes[i] = to->processes[heir_of(c, i)];
}

static void processes_keep(struct collector *c, const struct moves *to)
{
	struct measurement *m = c->m;
	size_t kept = 0;

	for (size_t i = 0; i < m->processes_count; i++) {
		struct measured_process *p = &m->processes[i];

		if (collector_is_blank(c, i)) {
			free(p->executable);
			free(p->running_ns);
			continue;
		}
		if (p->parent != MEASURED_NONE)
			p->parent = to->processes[p->parent];
		m->processes[kept++] = *p;
	}
	m->processes_count = kept;
	for (size_t i = 0; i < c->processes.room; i++)
		if (c->processes.entries[i].key)
			c->processes.entries[i].value =
				to->processes[c->processes.entries[i].value];
}

static void threads_keep(struct collector *c, const struct moves *to)
{
	struct measurement *m = c->m;
	size_t kept = 0;

	for (size_t i = 0; i < m->threads_count; i++) {
		struct measured_thread *t = &m->threads[i];

		if (collector_is_blank(c, t->process)) {
			free(t->name);
			continue;
		}
		t->process = to->processes[t->process];
		m->threads[kept++] = *t;
	}
	m->threads_count = kept;
}

/* A blank one's are those of its parent, or of what its heir has found again. */
static void runtimes_keep(struct collector *c, const struct moves *to)
{
	struct measurement *m = c->m;

	for (size_t i = 0; i < m->processes_count; i++)
		if (collector_is_blank(c, i))
			collector_drop_runtimes(c, i);
	for (size_t i = 0; i < m->runtimes_count; i++)
		m->runtimes[i].process = to->processes[m->runtimes[i].process];
}

static void deeds_move(struct measurement *m, const struct moves *to)
{
	for (size_t i = 0; i < m->waits_count; i++)
		m->waits[i].thread = to->threads[m->waits[i].thread];
	for (size_t i = 0; i < m->samples_count; i++)
		m->samples[i].thread = to->threads[m->samples[i].thread];
	for (size_t i = 0; i < m->exchanges_count; i++)
		m->exchanges[i].thread = to->threads[m->exchanges[i].thread];
	for (size_t i = 0; i < m->stalls_count; i++)
		m->stalls[i].thread = to->threads[m->stalls[i].thread];
}

static bool are_any_blank(const struct collector *c)
{
	for (size_t i = 0; i < c->m->processes_count; i++)
		if (collector_is_blank(c, i))
			return true;
	return false;
}

int collector_drop_blanks(struct collector *c)
{
	struct measurement *m = c->m;
	struct moves to;
	bool is_room;

	if (!are_any_blank(c))
		return 0;
	to.processes = calloc(m->processes_count, sizeof(*to.processes));
	to.threads = calloc(m->threads_count + 1, sizeof(*to.threads));
	is_room = to.processes && to.threads;
	if (is_room) {
		rows_number(c, &to);
		deeds_move(m, &to);
		runtimes_keep(c, &to);
		threads_keep(c, &to);
		processes_keep(c, &to);
	}
	free(to.threads);
	free(to.processes);
	return is_room ? 0 : -ENOMEM;
}
