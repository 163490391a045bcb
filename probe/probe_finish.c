/*
 * probe_finish: closes the window, and completes the measurement with what only the end tells.
 */
#include "probe_state.h"

#include "collector.h"
#include "cost.h"
#include "host.h"
#include "lull.h"
#include "mapping.h"
#include "measurement.h"
#include "own_cpu.h"
#include "rights.h"
#include "run_time.h"
#include "sampler.h"
#include "stack.h"
#include "together.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#define DYING_STEP_NS 200000
/* 1 s in all: on a busy machine they wait for a CPU, and one can hang in its exit. */
#define DYING_STEPS 5000
/* What all threads lived, in all. The analyzer wants as much work before it judges (quality.c). */
#define WORTH_NS 50000000

static const char *const loss_words[WIRE_LOSSES] = {
	[WIRE_LOST_EVENT] = "events that found the ring full",
	[WIRE_LOST_THREAD] = "threads without memory for a record",
	[WIRE_LOST_WAIT] = "sums of waits that found the ring full",
	[WIRE_LOST_RACE] = "switches while a thread's record was being opened",
	[WIRE_LOST_STACK] = "call sites that found the ring filling",
	[WIRE_LOST_DEPTH] = "looks at threads too deep in the tree of processes to know whose",
	[WIRE_LOST_RIGHTS] = "programs with more rights than their user, left out",
};

static void running_close(struct probe *p, uint64_t end_ns)
{
	struct measurement *m = p->measurement;
	size_t last = 0, row;

	m->running_ns = calloc(WIRE_RUNNING, sizeof(*m->running_ns));
	if (!m->running_ns)
		return;
	for (size_t n = 0; n < WIRE_RUNNING; n++) {
		m->running_ns[n] = p->bpf->bss->running.ns[n];
		last = m->running_ns[n] ? n + 1 : last;
	}
	row = wire_running_row(p->bpf->bss->running.state);
	m->running_ns[row] += wire_running_since(p->bpf->bss->running.state, end_ns);
	m->running_count = row + 1 > last ? row + 1 : last;
}

static double kernel_side_cpu_s(const struct probe *p)
{
	const struct bpf_object_skeleton *s = p->bpf->skeleton;
	uint64_t sum = 0, ns;

	if (p->stats_fd < 0)
		return NAN;
	for (int i = 0; i < s->prog_cnt; i++) {
		const struct bpf_program *program = *s->progs[i].prog;

		if (!bpf_program__autoload(program))
			continue; /* not needed, and so not loaded */
		if (!run_time_ns(program, &ns))
			return NAN;
		sum += ns;
	}
	return (double)sum / 1e9;
}

static void losses_note(struct probe *p)
{
	for (int i = 0; i < WIRE_LOSSES; i++)
		measurement_add_loss(p->measurement, loss_words[i], p->bpf->bss->losses[i]);
	measurement_add_loss(p->measurement, "records of mapped files", p->mappings_lost);
}

/* A process is gone for those who wait for it a moment before its threads leave the CPU for good.
 */
static void dying_await(struct probe *p)
{
	const struct timespec moment = {.tv_nsec = DYING_STEP_NS};
	int dying;

	for (int i = 0; i < DYING_STEPS; i++) {
		dying = __atomic_load_n(&p->bpf->bss->dying, __ATOMIC_ACQUIRE);
		if (dying <= 0)
			return;
		nanosleep(&moment, NULL);
		probe_collect(p);
	}
	measurement_add_loss(
		p->measurement, "threads that were ending when measuring stopped", dying);
}

/* A futex word is a lock that has a name where it lies in a variable. */
static void futexes_name(struct probe *p)
{
	struct measurement *m = p->measurement;

	for (size_t i = 0; i < m->waits_count; i++) {
		struct measured_wait *w = &m->waits[i];
		size_t process = m->threads[w->thread].process;
		int pid = m->processes[process].pid;

		/* Where pids were used again, what is known is of the last one. */
		if (w->futex_address && collector_process(p->collector, pid) == process)
			w->futex_symbol = stacks_variable(p->stacks, pid, w->futex_address);
	}
}

/* The tool takes the most memory when chains get their names: what is not needed for that goes. */
static void channels_release(struct probe *p)
{
	ring_buffer__free(p->ring);
	p->ring = NULL;
	mapping_watch_free(p->mappings);
	p->mappings = NULL;
	sampler_free(p->sampler);
	p->sampler = NULL;
}

static int callsites_name(struct probe *p)
{
	if (!p->stacks)
		return 0;
	futexes_name(p);
	collector_free(p->collector);
	p->collector = NULL;
	return stacks_finish(p->stacks, p->measurement);
}

/* Of less nothing can be said: only of what is more the machine is worth being timed. */
static bool is_worth_forecasting(const struct measurement *m)
{
	uint64_t lived_ns = 0;

	for (size_t i = 0; i < m->threads_count && lived_ns < WORTH_NS; i++)
		lived_ns += m->threads[i].end_ns - m->threads[i].start_ns;
	return lived_ns >= WORTH_NS;
}

static void machine_measure(struct measurement *m)
{
	cost_measure(&m->host);
	if (m->target.mode == MEASURED_LAUNCH) { /* not beside a service that goes on */
		together_measure(&m->host);
		lull_measure(m);
	}
}

int probe_finish(struct probe *p, struct measurement **ret)
{
	struct measurement *m = p->measurement;
	uint64_t end_ns, start_ns = p->bpf->bss->window_start_ns;
	int error;

	end_ns = probe_clock_ns();
	p->bpf->bss->window_end_ns = end_ns;
	survey_close(&p->survey, m);
	error = probe_iterate(p, p->bpf->progs.close_threads);
	if (error < 0)
		probe_note_loss(p, "threads still alive at the end", error);
	dying_await(p);
	poll_watch_close(&p->polls, m, probe_clock_ns());
	exchange_watch_close(&p->exchanges, m, probe_clock_ns());
	m->exchanges_missed += p->bpf->bss->losses[WIRE_LOST_EVENT]; /* it may have been one */
	probe_bpf__detach(p->bpf);
	m->cost.probe_cpu_s = kernel_side_cpu_s(p);
	probe_collect(p);
	end_ns = collector_end_ns(p->collector, end_ns);
	if (start_ns == 0) /* the command was never executed */
		start_ns = end_ns;
	running_close(p, end_ns);
	losses_note(p);
	error = collector_finish(p->collector, start_ns, end_ns);
	if (error < 0)
		return error;
	m->host.throttled_ns = quota_throttled_ns(p->quota) - p->throttled_before_ns;
	m->cost.tool_cpu_s = probe_own_cpu_s() - p->cpu_before_s;
	/* Now that nothing is measured any more. Debug information comes from anybody: to read it
	 * takes no privilege. */
	rights_give_up();
	channels_release(p);
	error = callsites_name(p);
	if (error < 0)
		return error;
	own_cpu_return();
	if (is_worth_forecasting(m))
		machine_measure(m);
	p->measurement = NULL;
	*ret = m;
	return 0;
}
