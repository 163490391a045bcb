/* collector_finish: what is known only when the window is closed. */
#include "collector_state.h"

#include "measurement.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uint64_t rss_peak_of_living(int pid)
{
	unsigned long long kb = 0;
	char path[64], line[256];
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "VmHWM: %llu kB", &kb) == 1)
			break;
	if (status)
		fclose(status);
	return kb * 1024;
}

/* Times with one thread at a time were not counted apart: they are what is left of the process's
 * CPU time. */
static void process_complete_running(struct measured_process *p, uint64_t cpu_ns)
{
	uint64_t counted = 0;
	uint64_t *grown;

	for (size_t n = 1; n < p->running_count; n++)
		counted += n * p->running_ns[n];
	if (p->running_count < 2) {
		grown = reallocarray(p->running_ns, 2, sizeof(*grown));
		if (!grown)
			return;
		for (size_t n = p->running_count; n < 2; n++)
			grown[n] = 0;
		p->running_ns = grown;
		p->running_count = 2;
	}
	if (cpu_ns > counted)
		p->running_ns[1] += cpu_ns - counted;
}

static void processes_complete(struct collector *c)
{
	struct measurement *m = c->m;
	uint64_t *cpu_ns = calloc(m->processes_count + 1, sizeof(*cpu_ns));

	for (size_t i = 0; i < m->processes_count; i++)
		m->processes[i].end_ns = 0;
	for (size_t i = 0; i < m->threads_count; i++) {
		const struct measured_thread *t = &m->threads[i];

		if (t->end_ns > m->processes[t->process].end_ns)
			m->processes[t->process].end_ns = t->end_ns;
		if (cpu_ns)
			cpu_ns[t->process] += t->cpu_ns;
	}
	for (size_t i = 0; i < m->processes_count; i++) {
		struct measured_process *p = &m->processes[i];

		if (cpu_ns)
			process_complete_running(p, cpu_ns[i]);
		if (p->end_ns == MEASURED_ALIVE && collector_process(c, p->pid) == i)
			p->rss_peak_bytes = rss_peak_of_living(p->pid);
	}
	free(cpu_ns);
}

static int64_t offset_of(int64_t at_ns, int64_t start_ns)
{
	if (at_ns == MEASURED_ALIVE)
		return at_ns;
	return at_ns > start_ns ? at_ns - start_ns : 0;
}

static void instants_rebase(struct measurement *m, int64_t start_ns)
{
	for (size_t i = 0; i < m->processes_count; i++) {
		m->processes[i].start_ns = offset_of(m->processes[i].start_ns, start_ns);
		m->processes[i].end_ns = offset_of(m->processes[i].end_ns, start_ns);
		if (m->processes[i].polls_end_ns == 0)
			continue;
		m->processes[i].polls_start_ns =
			offset_of(m->processes[i].polls_start_ns, start_ns);
		m->processes[i].polls_end_ns = offset_of(m->processes[i].polls_end_ns, start_ns);
	}
	for (size_t i = 0; i < m->threads_count; i++) {
		m->threads[i].start_ns = offset_of(m->threads[i].start_ns, start_ns);
		m->threads[i].end_ns = offset_of(m->threads[i].end_ns, start_ns);
	}
	for (size_t i = 0; i < m->segments_count; i++)
		m->segments[i].start_ns = offset_of(m->segments[i].start_ns, start_ns);
	for (size_t i = 0; i < m->exchanges_count; i++)
		m->exchanges[i].start_ns = offset_of(m->exchanges[i].start_ns, start_ns);
	m->exchanges_end_ns = offset_of(m->exchanges_end_ns, start_ns);
	for (size_t i = 0; i < m->stalls_count; i++)
		m->stalls[i].start_ns = offset_of(m->stalls[i].start_ns, start_ns);
}

uint64_t collector_end_ns(const struct collector *c, uint64_t stopped_ns)
{
	const struct measurement *m = c->m;
	uint64_t last_ns = 0;

	if (m->target.mode != MEASURED_LAUNCH)
		return stopped_ns;
	for (size_t i = 0; i < m->threads_count; i++) {
		if (m->threads[i].end_ns == MEASURED_ALIVE)
			return stopped_ns;
		if ((uint64_t)m->threads[i].end_ns > last_ns)
			last_ns = (uint64_t)m->threads[i].end_ns;
	}
	return last_ns > 0 && last_ns < stopped_ns ? last_ns : stopped_ns;
}

int collector_finish(struct collector *c, uint64_t window_start_ns, uint64_t window_end_ns)
{
	struct measurement *m = c->m;

	m->wall_ns = window_end_ns > window_start_ns ? window_end_ns - window_start_ns : 0;
	collector_inherit_runtimes(c);
	processes_complete(c);
	collector_settle_samples(c);
	collector_settle_stalls(c);
	instants_rebase(m, window_start_ns);
	if (collector_drop_blanks(c) < 0)
		c->out_of_memory++;
	if (c->are_shared) {
		m->threads_most = c->living.most;
		m->processes_most = c->living_processes.most;
	}
	measurement_add_loss(m, "events of threads whose start was lost", c->orphaned);
	measurement_add_loss(m, "events that made no sense", c->malformed);
	measurement_add_loss(m, "call sites of waits and samples beyond the 100,000 rows kept",
		c->sites_not_kept);
	measurement_add_loss(m, "names of files beyond the 4,096 kept", c->files.nameless);
	measurement_add_loss(m, "waits for files that are not kept any more", c->files.forgotten);
	measurement_add_loss(m, "addresses of futex waits beyond the 128 of a thread that are kept",
		c->words_not_kept);
	return measurement_add_loss(m, "records for which there was no memory", c->out_of_memory);
}
